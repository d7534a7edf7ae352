// The judge of an endurance run. It knows what wrk's threads and nginx wrote down, wrk's own report, and nothing else.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

export interface Round {
  readonly round: number;
  /** Answers that each thread was to wait for. */
  readonly each: number;
  /** One for each thread: an id per right answer, an id and more for a wrong one. */
  readonly files: readonly string[];
  /** What wrk said at its end. */
  readonly reported: { readonly requests: number; readonly socketErrors: number; readonly otherStatus: number };
}

export interface EnduranceJudgement {
  readonly altered: number;
  readonly duplicated: number;
  readonly lost: number;
  readonly problems: readonly string[];
}

/** `accessLog` holds the id of each request that production took, one a line. */
export async function judgeEndurance(rounds: readonly Round[], accessLog: string): Promise<EnduranceJudgement> {
  const counts = { altered: 0, duplicated: 0, lost: 0 };
  const problems: string[] = [];
  const say = (kind: keyof typeof counts, problem: string, count = 1): void => {
    counts[kind] += count;
    problems.push(`${kind}: ${problem}`);
  };
  const seen = new Map<string, number>();
  for await (const id of linesOf(accessLog)) seen.set(id, (seen.get(id) ?? 0) + 1);
  for (const { round, each, files, reported } of rounds) {
    for (const file of files) {
      let answered = 0;
      for await (const line of linesOf(file)) {
        answered += 1;
        const [id = '', ...wrong] = line.split(' ');
        const times = seen.get(id) ?? 0;
        seen.delete(id);
        if (wrong.length > 0) say('altered', line);
        if (times === 0) say('lost', `${id} was answered, and production never saw it`);
        if (times > 1) say('duplicated', `production saw ${id} ${times} times`);
      }
      if (answered < each) say('lost', `${file}: ${answered} of ${each} answers`, each - answered);
    }
    const { requests, socketErrors, otherStatus } = reported;
    if (requests !== each * files.length) say('lost', `wrk counts ${requests} in round ${round}`);
    if (socketErrors > 0) say('lost', `wrk reports ${socketErrors} socket errors in round ${round}`, socketErrors);
    if (otherStatus > 0) say('altered', `wrk reports ${otherStatus} other answers in round ${round}`, otherStatus);
  }
  for (const id of seen.keys()) say('lost', `production saw ${id}, and nobody had its answer`);
  return { ...counts, problems };
}

function linesOf(file: string): AsyncIterable<string> {
  return createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
}
