// Live traffic on production through the tap: a steady rate, every answer checked against what production must say.
import { Pool } from 'undici';
import { answerOf } from './shadow-server.ts';

export interface LiveTraffic {
  /** Ids of the requests sent so far. */
  readonly ids: string[];
  /** What went wrong, one sentence a request. */
  readonly failures: string[];
  /** Sends no more and resolves once everything is answered. */
  stop(): Promise<void>;
}

export function startTraffic(url: string, { perSecond = 100, prefix = 't' } = {}): LiveTraffic {
  const pool = new Pool(url, { connections: 8, pipelining: 1 });
  const ids: string[] = [];
  const failures: string[] = [];
  const open = new Set<Promise<void>>();
  const send = async (id: string, score: number): Promise<void> => {
    const inputs = [{ name: 'x', shape: [1, 1], datatype: 'FP64', data: [score] }];
    try {
      const answer = await pool.request({
        method: 'POST',
        path: '/v2/models/m/infer',
        headers: { 'content-type': 'application/json', 'x-request-id': id },
        body: JSON.stringify({ inputs }),
      });
      const text = await answer.body.text();
      if (answer.statusCode !== 200 || text !== answerOf(score)) failures.push(`${id}: ${answer.statusCode} ${text}`);
    } catch (thrown) {
      failures.push(`${id}: ${thrown}`);
    }
  };
  const startedMs = performance.now();
  const timer = setInterval(() => {
    const due = ((performance.now() - startedMs) / 1000) * perSecond;
    while (ids.length < due) {
      const id = `${prefix}-${ids.length}`;
      const score = (ids.length % 2 === 0 ? 0.2 : 0.8) + ids.length * 1e-6;
      ids.push(id);
      const sending = send(id, score);
      open.add(sending);
      void sending.finally(() => open.delete(sending));
    }
  }, 5);
  return {
    ids,
    failures,
    stop: async () => {
      clearInterval(timer);
      await Promise.all(open);
      await pool.close();
    },
  };
}
