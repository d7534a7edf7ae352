// What the second act leaves behind: the watches, the alarm in plain words, the same as data, and whether it ended as the story says.
import type { Alert } from '../../model.ts';
import type { WatchesView, WatchView } from '../../pipeline/view-types.ts';
import { sloMs } from './scenario.ts';

/** What happened from the fault on. */
export interface Incident {
  /** Null: no alarm came in time. */
  readonly alert: Alert | null;
  readonly requests: number;
  readonly seconds: number;
  readonly before: WatchesView;
  readonly after: WatchesView;
  readonly p99Ms: number | null;
  readonly failed: number;
  /** In the whole act. */
  readonly sent: number;
}

export interface ActTwoResult extends Incident {
  readonly seed: string;
  /** From the first process to the last. */
  readonly took: number;
}

/** Whether anything that watches infrastructure could have noticed. */
function isInvisible({ failed, p99Ms }: Incident): boolean {
  return failed === 0 && p99Ms !== null && p99Ms < sloMs;
}

/** Empty when the act ended as the story says. */
export function unmetOfActTwo(result: Incident): string[] {
  const { alert, before, failed, p99Ms } = result;
  const early = before.watches.filter(({ status }) => status === 'REGRESSED').map(({ id }) => id);
  return [
    ...(alert === null ? ['no watch raised an alarm'] : []),
    ...(early.length > 0 ? [`an alarm was raised before the fault: ${early.join(', ')}`] : []),
    ...(isInvisible(result)
      ? []
      : [
          `production had errors or left its SLO: ${failed} failed, p99 ${p99Ms === null ? '–' : Math.round(p99Ms)} ms`,
        ]),
  ];
}

export function actTwoSummary(result: Incident): string[] {
  const { alert, requests, seconds, p99Ms, after } = result;
  const lines = after.watches.map(
    (one) => `${one.id.padEnd(20)} ${one.place.padEnd(8)} ${one.status.padEnd(9)} ${one.sentence}`,
  );
  lines.push('');
  if (isInvisible(result)) {
    lines.push(
      `The incident: no request failed, and p99 stayed at ${Math.round(p99Ms as number)} ms inside the ${sloMs} ms SLO: no infrastructure alert would have fired.`,
    );
  }
  if (alert !== null) {
    lines.push(
      `penumbra’s alert arrived after ${requests.toLocaleString('en')} requests and ${seconds.toFixed(1)} seconds: ${alert.summary}`,
    );
  }
  const ofRequests = after.watches.filter(({ place }) => place === 'request');
  if (ofRequests.every(({ status }) => status === 'QUIET')) {
    lines.push('The watches on the request stay quiet: the zeros appear behind it, and only the answers show them.');
  }
  return lines;
}

export function actTwoJson(result: ActTwoResult): object {
  const { seed, took, alert, requests, seconds, before, after, p99Ms, failed, sent } = result;
  return {
    act: 2,
    seed,
    seconds: took,
    alarm:
      alert === null
        ? null
        : {
            watch: alert.hypothesis,
            key: alert.key,
            summary: alert.summary,
            afterRequests: requests,
            afterSeconds: seconds,
          },
    infrastructure: { failed, p99Ms, sloMs, wouldHaveAlerted: !isInvisible(result) },
    watches: after.watches.map((one) => watchJson(one, before)),
    traffic: { sent, failed },
  };
}

function watchJson({ id, place, status, tolerance, n, recent, sentence }: WatchView, before: WatchesView) {
  const statusBefore = before.watches.find((one) => one.id === id)?.status ?? null;
  return { id, place, statusBefore, status, tolerance, n, rate: recent.rate, interval: recent.interval, sentence };
}
