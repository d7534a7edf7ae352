// A table of exchanges and answers: everything follows from the number of an exchange, so that anybody can say what must be counted.
import { hashFraction, keyOf } from '../../src/core/random.ts';
import { roundMs } from './fake-clock.ts';
import type { Answers, Script } from './scripted-target.ts';

const key = keyOf('table');
const chance = (text: string): number => hashFraction(key, text);

export interface TableExchange {
  readonly key: string;
  readonly value: {
    readonly id: string;
    readonly arrivedAt: number;
    readonly latencyMs: number;
    readonly request: { readonly path: string; readonly body: unknown };
    readonly answer: { readonly status: number; readonly body: unknown };
  };
}

export interface TableOptions {
  readonly startMs?: number;
  /** Between one exchange and the next. */
  readonly everyMs?: number;
}

/** One in fifty repeats an earlier question, one in a hundred failed; once partitions have begun, one in two hundred comes late. */
export function tableExchange(number: number, { startMs = roundMs, everyMs = 10 }: TableOptions = {}): TableExchange {
  const question = chance(`${number} repeats`) < 0.02 && number > 30 ? number - 1 - (number % 29) : number;
  const isLate = number > 500 && chance(`${number} late`) < 0.005;
  const status = chance(`${number} fails`) < 0.01 ? 500 : 200;
  const score = productionScore(question);
  return {
    key: `q${question}`,
    value: {
      id: `x${number}`,
      arrivedAt: startMs + number * everyMs - (isLate ? 60_000 : 0),
      latencyMs: 5 + Math.floor(chance(`${number} latency`) * 100),
      request: {
        path: '/v2/models/m/infer',
        body: { inputs: [{ name: 'f', shape: [1, 2], datatype: 'FP64', data: [question, 0.5] }] },
      },
      answer: {
        status,
        body: {
          model_name: 'm',
          model_version: number >= 1200 ? 'p2' : 'p1',
          outputs: [{ name: 'p', shape: [1, 1], datatype: 'FP64', data: [score] }],
        },
      },
    },
  };
}

function productionScore(question: number): number {
  return Math.round(chance(`score ${question}`) * 1000) / 1000;
}

/** An arm that flips `flips` of the answers and fails `fails` of them. */
export function tableAnswers(
  name: string,
  { flips, fails = 0, afterMs = 0 }: { flips: number; fails?: number; afterMs?: number },
): Answers {
  return (id): Script => {
    const number = Number(id.slice(1));
    if (chance(`${name} ${id} fails`) < fails) return { fails: 'error', afterMs };
    const { value } = tableExchange(number);
    const body = value.answer.body as { outputs: { data: number[] }[] };
    const score = body.outputs[0]?.data[0] ?? 0;
    const isFlipped = chance(`${name} ${id} flips`) < flips;
    return { score: isFlipped ? 1 - score : score, afterMs, version: number >= 1000 ? 'a2' : 'a1' };
  };
}
