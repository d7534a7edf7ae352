// Drives a recording through a comparator: delivers in the file's order, keeps what is open at the arms within the budget, and lets wall
// time pass a bucket's edge only when every answer to what came before it is in.
import type { Comparator } from '../../api/comparator.ts';
import type { RecordedLine } from '../../io/sources/recorded-line.ts';
import type { Experiment, RawExchange } from '../../model.ts';
import { collectProblems, type Problems } from './problems.ts';
import type { ReplayClock } from './replay-clock.ts';
import type { Understanding } from './understand.ts';

export interface FeedOptions {
  readonly clock: ReplayClock;
  readonly comparator: Comparator;
  readonly runId: string;
  readonly experiment: Experiment;
  /** Nothing was recorded after this: an exchange from later is one from the future, as it would be live. */
  readonly realNowMs: number;
  /** Asked before an exchange's time is believed. */
  readonly understand: (exchange: RawExchange) => Understanding;
  readonly onLine?: (done: number) => void;
}

export interface Fed {
  readonly lines: number;
  readonly exchanges: number;
  /** Lines that hold no exchange. */
  readonly bad: Problems;
  /** Exchanges that were no inference calls, could not be understood, or lie in the future. */
  readonly strange: Problems;
  /** Exchanges that were understood; of these are `from` and `to`. */
  readonly understood: number;
  /** Smallest and largest arrivedAt; null without an exchange. */
  readonly from: number | null;
  readonly to: number | null;
}

export async function feed(lines: AsyncIterable<RecordedLine>, options: FeedOptions): Promise<Fed> {
  const { clock, comparator, experiment, realNowMs, understand, onLine } = options;
  const arms = experiment.arms.length;
  const road = createRoad(options);
  const [bad, strange] = [collectProblems(), collectProblems()];
  const span = createSpan();
  let [read, exchanges] = [0, 0];
  for await (const { line, exchange, problem } of lines) {
    read += 1;
    onLine?.(read);
    if (exchange === null) {
      bad.add({ line, problem });
      continue;
    }
    exchanges += 1;
    const seen = understand(exchange);
    if (seen.problem !== null) strange.add({ line, problem: seen.problem });
    if (!seen.isCounted) continue;
    if (seen.problem === null) {
      span.add(wholeMs(exchange));
      await road.moveTo(Math.min(wholeMs(exchange), realNowMs));
    }
    await road.until((busy) => busy === 0 || busy + arms <= experiment.blastRadius.maxInFlightPerArm);
    // What could not be read is counted where time stands: its own time may be as wrong as the rest of it.
    const arrivedAt = seen.problem === null ? exchange.arrivedAt : Math.min(exchange.arrivedAt, clock.nowMs());
    const received = clock.gather(() => comparator.submit({ ...exchange, arrivedAt }));
    road.entered(received.journalled);
    await road.warmUp();
  }
  await road.until((busy) => busy === 0);
  const { bucketMs, joinDeadlineMs } = experiment;
  clock.passTo(edgeBefore(clock.nowMs(), bucketMs) + bucketMs + joinDeadlineMs);
  clock.tick();
  return { lines: read, exchanges, bad: bad.all(), strange: strange.all(), ...span.all() };
}

function createSpan() {
  let [understood, from, to] = [0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return {
    add: (ms: number): void => {
      understood += 1;
      [from, to] = [Math.min(from, ms), Math.max(to, ms)];
    },
    all: (): Pick<Fed, 'understood' | 'from' | 'to'> => ({
      understood,
      from: understood === 0 ? null : from,
      to: understood === 0 ? null : to,
    }),
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
