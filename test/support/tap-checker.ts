// The judge of what two witnesses wrote down. It knows their logs and nothing else.
import { readFileSync } from 'node:fs';
import type { Witness } from './tap-witnesses.ts';

export interface Judgement {
  readonly trials: number;
  readonly violations: readonly string[];
}

/** Every request of a client reached production once, unaltered, and its answer came back unaltered. */
export function judge(clientLog: string, productionLog: string): Judgement {
  const atProduction = new Map<number, Witness[]>();
  for (const witness of read(productionLog)) {
    const known = atProduction.get(witness.seed);
    if (known === undefined) atProduction.set(witness.seed, [witness]);
    else known.push(witness);
  }
  const violations: string[] = [];
  const asked = read(clientLog);
  for (const { seed, requestSha, answerSha, trouble } of asked) {
    const [seen, ...again] = atProduction.get(seed) ?? [];
    atProduction.delete(seed);
    if (trouble !== undefined) violations.push(`${seed}: ${trouble}`);
    else if (seen === undefined) violations.push(`${seed}: production never saw it`);
    else if (again.length > 0) violations.push(`${seed}: production saw it ${again.length + 1} times`);
    else if (seen.requestSha !== requestSha) violations.push(`${seed}: the request was altered`);
    else if (seen.answerSha !== answerSha) violations.push(`${seed}: the answer was altered`);
  }
  for (const seed of atProduction.keys()) violations.push(`${seed}: production saw what nobody sent`);
  return { trials: asked.length, violations };
}

/** What reached production was answered whole, unaltered, and once; what did not reach it is nobody's loss but is counted. */
export function judgeCut(clientLog: string, productionLog: string): Judgement & { readonly notAccepted: number } {
  const { trials, violations } = judge(clientLog, productionLog);
  const seen = new Set(read(productionLog).map(({ seed }) => seed));
  const failedUnseen = read(clientLog).filter(({ seed, trouble }) => trouble !== undefined && !seen.has(seed));
  const unseen = new Set(failedUnseen.map(({ seed }) => `${seed}`));
  return {
    trials: trials - failedUnseen.length,
    violations: violations.filter((line) => !unseen.has(line.split(':')[0] as string)),
    notAccepted: failedUnseen.length,
  };
}

/** Every copy is of one exchange: request and answer name the same seed. */
export function judgePairs(copyLog: string): Judgement {
  const lines = readFileSync(copyLog, 'utf8').split('\n').slice(0, -1);
  const violations = lines.filter((line) => !/^(\d+) \1$/.test(line) && line !== strangers);
  return { trials: lines.length, violations };
}

/** What a client that names no seed sent and got. */
const strangers = '- -';

function read(path: string): Witness[] {
  const text = readFileSync(path, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Witness);
}
