// A shadow arm in memory that answers each exchange as a script says, on the fake clock, and remembers whom it was asked about.
import type { Clock, Target, TargetCall, TargetReply } from '../../src/io/ports.ts';
import type { ModelAnswer, OutcomeStatus, Tensor } from '../../src/model.ts';

export type Script =
  | {
      /** Of every row. */
      readonly score: number;
      readonly version?: string | null;
      readonly degraded?: boolean;
      readonly afterMs?: number;
      readonly breaksDeadline?: true;
    }
  /** One score a row, however many were asked for. */
  | { readonly scores: readonly number[]; readonly afterMs?: number }
  /** A failure the target itself reports. */
  | { readonly fails: Exclude<OutcomeStatus, 'ok'>; readonly afterMs?: number }
  /** Answered ok, but without the decision's output. */
  | 'garbage'
  /** No answer, ever, not even at its deadline: a target that breaks its own contract. */
  | 'never'
  /** Rejects, which a target must not do. */
  | 'throws';

export type Answers = (exchangeId: string) => Script;

export interface ScriptedTargetOptions {
  readonly clock: Clock;
  readonly answers: Answers;
  /** Every exchange it is asked about is added here. */
  readonly asked: string[];
  /** Null: it is never ready. */
  readonly readyVersion?: string | null;
  readonly isReady?: () => boolean;
}

export function createScriptedTarget(options: ScriptedTargetOptions): Target {
  const { clock, answers, asked, readyVersion = null, isReady = () => true } = options;
  let isClosed = false;
  return {
    name: 'scripted',
    inProcess: false,
    ready: async () => {
      if (isReady()) return { version: readyVersion };
      throw new Error('not yet');
    },
    call: async (call) => {
      if (isClosed) throw new Error('the target is closed');
      const id = exchangeIdOf(call);
      asked.push(id);
      return play(answers(id), { clock, call });
    },
    close: async () => {
      isClosed = true;
    },
  };
}

/** Copies carry the exchange's id behind their mark. */
function exchangeIdOf({ headers }: TargetCall): string {
  return (headers['x-request-id'] ?? '').replace(/^shadow-/, '');
}

async function play(script: Script, { clock, call }: { clock: Clock; call: TargetCall }): Promise<TargetReply> {
  if (script === 'never') return new Promise(() => {});
  if (script === 'throws') throw new Error('a target must not throw');
  if (script === 'garbage') return ok({ outputs: [] });
  const afterMs = script.afterMs ?? 0;
  const limitMs = 'breaksDeadline' in script ? Number.POSITIVE_INFINITY : call.deadlineMs;
  if (afterMs > 0) await new Promise<void>((resume) => clock.after(Math.min(afterMs, limitMs), resume));
  if (afterMs >= limitMs) return failed('timeout', limitMs);
  if ('fails' in script) return failed(script.fails, afterMs);
  if ('scores' in script) return ok({ outputs: [outputOf(script.scores)] });
  const { score, version = 'a1', degraded = false } = script;
  const rows = call.request.inputs[0]?.shape[0] ?? 1;
  const outputs = [outputOf(new Array<number>(rows).fill(score))];
  return { ...ok({ outputs, modelVersion: version, degraded }), latencyMs: afterMs };
}

function outputOf(scores: readonly number[]): Tensor {
  return { name: 'p', datatype: 'FP64', shape: [scores.length, 1], data: scores };
}

function ok(answer: Partial<ModelAnswer>): TargetReply {
  const whole = { modelName: 'm', modelVersion: 'a1', degraded: false, outputs: [], ...answer };
  return { status: 'ok', reason: null, latencyMs: 1, answer: whole };
}

function failed(status: Exclude<OutcomeStatus, 'ok'>, latencyMs: number): TargetReply {
  return { status, reason: 'scripted', latencyMs, answer: null };
}
