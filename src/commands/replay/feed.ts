// Drives a recording through a comparator: delivers in the file's order, keeps what is open at the arms within the budget, and lets wall
// time pass a bucket's edge only when every answer to what came before it is in.
import type { Comparator } from '../../api/comparator.ts';
import type { RecordedLine } from '../../io/sources/exchange-file.ts';
import type { Experiment, RawExchange } from '../../model.ts';
import type { ReplayClock } from './replay-clock.ts';

export interface FeedOptions {
  readonly clock: ReplayClock;
  readonly comparator: Comparator;
  readonly runId: string;
  readonly experiment: Experiment;
  /** Nothing was recorded after this: an exchange from later is one from the future, as it would be live. */
  readonly realNowMs: number;
  readonly onLine?: (done: number) => void;
}

export interface LineProblem {
  readonly line: number;
  readonly problem: string;
}

export interface Fed {
  readonly lines: number;
  readonly exchanges: number;
  /** Lines that hold no exchange. */
  readonly bad: Problems;
  /** Exchanges that were no inference calls, could not be understood, or lie in the future. */
  readonly strange: Problems;
  /** Smallest and largest arrivedAt; null without an exchange. */
  readonly from: number | null;
  readonly to: number | null;
}

/** How many there were, and the first of them. */
export interface Problems {
  readonly count: number;
  readonly first: readonly LineProblem[];
}

const mostProblems = 20;

export async function feed(lines: AsyncIterable<RecordedLine>, options: FeedOptions): Promise<Fed> {
  const { clock, comparator, experiment, realNowMs, onLine } = options;
  const arms = experiment.arms.length;
  const road = createRoad(options);
  const [bad, strange] = [collect(), collect()];
  let [read, exchanges, from, to] = [0, 0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for await (const { line, exchange, problem } of lines) {
    read += 1;
    onLine?.(read);
    if (exchange === null) {
      bad.add({ line, problem });
      continue;
    }
    exchanges += 1;
    await road.moveTo(Math.min(wholeMs(exchange), realNowMs));
    await road.until((busy) => busy === 0 || busy + arms <= experiment.blastRadius.maxInFlightPerArm);
    const received = clock.gather(() => comparator.submit(exchange));
    if (received.problem !== null) strange.add({ line, problem: received.problem.message });
    if (received.id !== null) [from, to] = [Math.min(from, wholeMs(exchange)), Math.max(to, wholeMs(exchange))];
    road.entered(received.journalled);
    await road.warmUp();
  }
  await road.until((busy) => busy === 0);
  const { bucketMs, joinDeadlineMs } = experiment;
  clock.passTo(edgeBefore(clock.nowMs(), bucketMs) + bucketMs + joinDeadlineMs);
  clock.tick();
  const isEmpty = from > to;
  return {
    lines: read,
    exchanges,
    bad: bad.all(),
    strange: strange.all(),
    from: isEmpty ? null : from,
    to: isEmpty ? null : to,
  };
}

interface Road {
  /** Wall time comes to this moment; what it closes on the way is closed. */
  moveTo(wallMs: number): Promise<void>;
  /** Waits until what is open (arms asked, or about to be) is as wanted. */
  until(isFree: (busy: number) => boolean): Promise<void>;
  entered(journalled: Promise<void>): void;
  /** Ends the warm-up as soon as its requests are answered, so that none is passed over meanwhile. */
  warmUp(): Promise<void>;
}

function createRoad({ clock, comparator, runId, experiment }: FeedOptions): Road {
  const { arms, bucketMs, warmUpRequests } = experiment;
  let unjournalled = 0;
  let warmUpsLeft = warmUpRequests;
  let wake = (): void => {};
  const until: Road['until'] = async (isFree) => {
    // Each that waits for the journal will be asked of every arm.
    while (!isFree(clock.waiting() + unjournalled * arms.length)) {
      clock.release();
      const journalled = new Promise<void>((resolve) => {
        wake = resolve;
      });
      await Promise.race([journalled, clock.changed()]);
    }
  };
  const settle = async (): Promise<void> => {
    await until((busy) => busy === 0);
    clock.tick();
  };
  return {
    until,
    moveTo: async (wallMs) => {
      if (edgeBefore(wallMs, bucketMs) > edgeBefore(clock.nowMs(), bucketMs)) {
        await until((busy) => busy === 0);
        clock.passTo(wallMs);
        clock.tick();
      } else clock.passTo(wallMs);
    },
    entered: (journalled) => {
      unjournalled += 1;
      void journalled.then(() => {
        unjournalled -= 1;
        wake();
      });
    },
    warmUp: async () => {
      if (warmUpsLeft === 0) return;
      warmUpsLeft -= 1;
      if (warmUpsLeft > 0) return;
      await settle();
      const { state, arms: views } = comparator.run(runId);
      const { ok = 0, failed = 0 } = views[0]?.warmUp ?? {};
      if (state === 'WARMING') warmUpsLeft = Math.max(1, warmUpRequests - ok - failed);
    },
  };
}

function wholeMs({ arrivedAt }: RawExchange): number {
  return Math.floor(arrivedAt);
}

function edgeBefore(ms: number, bucketMs: number): number {
  return Math.floor(ms / bucketMs) * bucketMs;
}

function collect() {
  let count = 0;
  const first: LineProblem[] = [];
  return {
    add: (one: LineProblem): void => {
      count += 1;
      if (first.length < mostProblems) first.push(one);
    },
    all: (): Problems => ({ count, first }),
  };
}
