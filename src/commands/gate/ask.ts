// Asks the gate's question, once or until it is decided. Whatever goes wrong on the way is an answer too, and never a PASS.
import { randomBytes } from 'node:crypto';
import { messageOf } from '../../errors.ts';
import { type ApiClient, createApiClient, refusalOf } from '../api-client.ts';
import { checkGateAnswer, type GateAnswer } from './answer.ts';

export interface AskGate {
  /** One of these two is null. */
  readonly run: string | null;
  readonly experiment: string | null;
  /** 0: ask once. */
  readonly waitMs: number;
  readonly url: string;
  readonly token: string | undefined;
}

const pollEveryMs = 1000;
/** Faults in a row on the way to the comparator before that is the answer. */
const retries = 5;
const longestCallMs = 10_000;
const shortestCallMs = 1000;

interface Asked {
  readonly answer: GateAnswer;
  /** Whether the comparator itself answered. */
  readonly isAnswered: boolean;
}

export async function askGate(asking: AskGate): Promise<GateAnswer> {
  const { waitMs, url, token } = asking;
  const client = createApiClient({ url, token, timeoutMs: longestCallMs });
  const untilMs = performance.now() + waitMs;
  let known: GateAnswer | null = null;
  for (let failures = 0; ; ) {
    const leftMs = untilMs - performance.now();
    const timeoutMs = waitMs === 0 ? longestCallMs : Math.max(shortestCallMs, leftMs);
    const { answer, isAnswered } = await askOnce(client, { ...asking, timeoutMs });
    failures = isAnswered ? 0 : failures + 1;
    if (isAnswered) known = answer;
    if ((isAnswered && answer.final) || waitMs === 0 || failures >= retries) return answer;
    const pauseMs = Math.min(pollEveryMs, untilMs - performance.now());
    // What was known before a last call that had too little time left is still known.
    if (pauseMs <= 0) return known === null ? answer : timedOut(known);
    await new Promise((resume) => setTimeout(resume, pauseMs));
  }
}

async function askOnce(
  client: ApiClient,
  { run, experiment, timeoutMs }: AskGate & { timeoutMs: number },
): Promise<Asked> {
  const nonce = randomBytes(16).toString('hex');
  const query = new URLSearchParams({ ...(run === null ? { experiment: experiment ?? '' } : { run }), nonce });
  try {
    const body = await client.get(`/v1/gate?${query}`, { timeoutMs });
    return { answer: checkGateAnswer(body, { nonce, run, experiment, nowMs: Date.now() }), isAnswered: true };
  } catch (thrown) {
    const reasons = [messageOf(thrown)];
    // An unknown name is an answer (nothing was measured), not a fault on the way.
    if (refusalOf(thrown) === 'RUN_NOT_FOUND') {
      return { answer: { verdict: 'NO_DATA', reasonCode: 'run_not_found', reasons, final: true }, isAnswered: true };
    }
    return { answer: { verdict: 'ERROR', reasonCode: 'unreachable', reasons, final: false }, isAnswered: false };
  }
}

function timedOut(answer: GateAnswer): GateAnswer {
  const reasons = ['the wait elapsed before a decision', ...answer.reasons];
  return { ...answer, verdict: 'TIMEOUT', reasonCode: 'wait_elapsed', reasons };
}
