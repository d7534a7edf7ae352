// Starts the suite of a comparator on live traffic and waits for its end. The comparator runs it; this only watches, and stops it when told.
import type { ChaosView } from '../../api/comparator.ts';
import type { LiveSuite } from '../../config/chaos-config.ts';
import { suiteHash } from '../../config/hashes.ts';
import { PenumbraError } from '../../errors.ts';
import type { ApiClient } from '../api-client.ts';

export interface AskSuite {
  readonly client: ApiClient;
  readonly onStep?: (text: string) => void;
  /** Aborted when whoever asked does not want the suite any more: it is stopped, for good. */
  readonly signal?: AbortSignal;
  readonly everyMs?: number;
}

/** The suite when it has ended. @throws what asking the comparator throws, and USAGE when it has nothing to tell */
export async function askSuite(
  suite: LiveSuite,
  { client, onStep, signal, everyMs = 1000 }: AskSuite,
): Promise<ChaosView> {
  const started = (await client.post('/v1/chaos', { suite: suiteHash(suite) })) as ChaosView;
  const path = `/v1/chaos/${encodeURIComponent(started.id)}`;
  let isStopped = false;
  for (let view = started; ; view = (await client.get(path)) as ChaosView) {
    if (view.state !== 'RUNNING') return view;
    onStep?.(`${view.cells.done}/${view.cells.of} ${view.running?.experiment ?? ''}`);
    if (signal?.aborted && !isStopped) {
      isStopped = true;
      await client.post(`${path}/stop`, { reason: 'interrupted at the command line' });
    } else await pause(everyMs, signal);
  }
}

/** Ends early when the signal does. */
function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    }
    signal?.addEventListener('abort', done, { once: true });
  });
}

/** @throws PenumbraError USAGE before anything of it is known */
export function cardOfSuite({ card, endReason }: ChaosView) {
  if (card !== null) return card;
  throw new PenumbraError('USAGE', `the suite has no card: ${endReason ?? 'it has not begun'}`);
}
