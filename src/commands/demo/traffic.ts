// Replays the real request stream through the tap as live traffic, at a steady rate, and reports the true outcomes later.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { Pool } from 'undici';

export interface StreamRow {
  readonly key: string;
  readonly features: readonly number[];
  readonly late: boolean;
}

export async function readRows(file: string, limit: number): Promise<StreamRow[]> {
  const input = createReadStream(file);
  const rows: StreamRow[] = [];
  for await (const line of createInterface({ input: input.pipe(createGunzip()) })) {
    rows.push(JSON.parse(line) as StreamRow);
    if (rows.length === limit) break;
  }
  input.destroy();
  return rows;
}

export interface Traffic {
  readonly counts: { sent: number; answered: number; failed: number };
  /** Of every answer so far, as the client saw it, in the order of the answers. */
  readonly latenciesMs: readonly number[];
  /** Resolves when the rows are used up or `stop` was called, and every answer is in. */
  readonly finished: Promise<void>;
  /** Resolves when this many requests were answered, or the traffic has finished. */
  answered(count: number): Promise<void>;
  stop(): void;
}

export interface TrafficOptions {
  readonly rows: readonly StreamRow[];
  readonly tapUrl: string;
  readonly apiUrl: string;
  readonly perSecond: number;
}

/** Open loop: each request leaves at its own time, whether or not earlier ones were answered. */
export function startTraffic({ rows, tapUrl, apiUrl, perSecond }: TrafficOptions): Traffic {
  const pool = new Pool(tapUrl, { connections: 16, pipelining: 1 });
  const api = new Pool(apiUrl, { connections: 1 });
  const counts = { sent: 0, answered: 0, failed: 0 };
  const latenciesMs: number[] = [];
  const known: { id: string; value: boolean }[] = [];
  const waiting = new Set<Promise<void>>();
  const waiters: { readonly count: number; readonly resolve: () => void }[] = [];
  const startedMs = performance.now();
  let stopped = false;

  const send = async (row: StreamRow): Promise<void> => {
    const sentMs = performance.now();
    try {
      const answer = await pool.request({
        method: 'POST',
        path: '/v2/models/flight-delay/infer',
        headers: { 'content-type': 'application/json', 'x-request-id': row.key },
        body: inferenceRequest(row),
      });
      await answer.body.dump();
      latenciesMs.push(performance.now() - sentMs);
      counts.answered += 1;
      for (const waiter of waiters) if (counts.answered >= waiter.count) waiter.resolve();
      if (answer.statusCode !== 200) counts.failed += 1;
      known.push({ id: row.key, value: row.late });
    } catch {
      counts.failed += 1;
    }
  };
  const finished = new Promise<void>((resolve) => {
    const pace = setInterval(() => {
      const due = Math.min(rows.length, Math.floor(((performance.now() - startedMs) / 1000) * perSecond));
      while (!stopped && counts.sent < due) {
        const sending = send(rows[counts.sent] as StreamRow);
        counts.sent += 1;
        waiting.add(sending);
        void sending.finally(() => waiting.delete(sending));
      }
      if (!stopped && counts.sent < rows.length) return;
      clearInterval(pace);
      Promise.all(waiting)
        .then(() => Promise.all([pool.close(), reportOutcomes()]))
        .then(() => api.close())
        .then(
          () => resolve(),
          () => resolve(),
        );
    }, 10);
    const report = setInterval(() => {
      if (stopped || counts.sent >= rows.length) clearInterval(report);
      void reportOutcomes();
    }, 1000);
  });
  /** In life these come hours later; here the stream knows them already. */
  const reportOutcomes = async (): Promise<void> => {
    const batch = known.splice(0);
    if (batch.length === 0) return;
    try {
      const answer = await api.request({
        method: 'POST',
        path: '/v1/outcomes',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(batch),
      });
      await answer.body.dump();
    } catch {
      known.push(...batch);
    }
  };
  return {
    counts,
    latenciesMs,
    finished,
    answered: (count) => Promise.race([finished, new Promise<void>((resolve) => waiters.push({ count, resolve }))]),
    stop: () => {
      stopped = true;
    },
  };
}

function inferenceRequest({ key, features }: StreamRow): string {
  return JSON.stringify({
    id: key,
    inputs: [
      { name: 'features', shape: [1, features.length], datatype: 'FP32', data: features },
      { name: 'entity_key', shape: [1, 1], datatype: 'BYTES', data: [key] },
    ],
  });
}
