// Asks a Prometheus server (or what speaks its HTTP API) for one number, once, within a deadline. Anything else than exactly one
// number that is not old is a missing signal, with the reason in words.
// Reference: https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
import { Pool } from 'undici';
import type { Sight } from '../core/judge/stop-query.ts';
import type { PrometheusStop } from '../model.ts';
import { callOnce, type HttpEnding } from './http-call.ts';
import type { Clock, Signals } from './ports.ts';

const longestWaitMs = 5000;
const maxAnswerBytes = 1024 * 1024;
/** Clocks of two machines differ; a sample is not called old for that. */
const leastOldMs = 30_000;

/** Headers are sent as they are given: references to secrets must be resolved. */
export function createPrometheus({ clock }: { readonly clock: Pick<Clock, 'nowMs'> }): Signals {
  const pools = new Map<string, Pool>();
  const poolOf = (origin: string): Pool => {
    const pool = pools.get(origin) ?? new Pool(origin, { connections: 4, connect: { timeout: longestWaitMs } });
    pools.set(origin, pool);
    return pool;
  };
  return {
    read: async ({ url, headers, query, everyMs }) => {
      const { origin, pathname } = new URL(url);
      const deadlineMs = Math.min(everyMs, longestWaitMs);
      const ending = await callOnce(poolOf(origin), {
        method: 'POST',
        path: `${pathname.replace(/\/$/, '')}/api/v1/query`,
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json', ...headers },
        body: Buffer.from(new URLSearchParams({ query }).toString()),
        deadlineMs,
        maxAnswerBytes,
        signal: null,
      });
      return sightOf(ending, { nowMs: clock.nowMs(), everyMs, deadlineMs });
    },
    close: async () => {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()));
      pools.clear();
    },
  };
}

interface Asked extends Pick<PrometheusStop, 'everyMs'> {
  readonly nowMs: number;
  readonly deadlineMs: number;
}

function sightOf(ending: HttpEnding, asked: Asked): Sight {
  if (ending.failure !== null) {
    const { reason } = ending.failure;
    const isLate = ending.failure.status === 'timeout';
    return { missing: isLate ? `no answer within ${asked.deadlineMs} ms` : `no answer (${reason})` };
  }
  const body = parse(ending.body);
  if (ending.status !== 200 || body?.status !== 'success') {
    const why = typeof body?.error === 'string' ? `: ${body.error.slice(0, 200)}` : '';
    return { missing: `it answered HTTP ${ending.status}${why}` };
  }
  return sampleOf(body.data, asked);
}

interface Body {
  readonly status?: unknown;
  readonly error?: unknown;
  readonly data?: { readonly resultType?: unknown; readonly result?: unknown } | null;
}

function parse(bytes: Uint8Array): Body | null {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as Body | null;
  } catch {
    return null;
  }
}

function sampleOf(data: Body['data'], asked: Asked): Sight {
  const { resultType, result } = data ?? {};
  if (resultType === 'scalar') return readSample(result, asked);
  if (resultType !== 'vector' || !Array.isArray(result)) {
    return { missing: `the query gives a ${String(resultType)}, not one number` };
  }
  if (result.length === 0) return { missing: 'the answer is empty: no series matches' };
  if (result.length > 1) return { missing: `the query gives ${result.length} series, not one number` };
  return readSample((result[0] as { value?: unknown } | null)?.value, asked);
}

/** `[seconds since the epoch, "number"]`. */
function readSample(sample: unknown, { nowMs, everyMs }: Asked): Sight {
  const [seconds, text]: unknown[] = Array.isArray(sample) ? sample : [];
  const value = typeof text === 'string' ? numberOf(text) : Number.NaN;
  if (typeof seconds !== 'number' || Number.isNaN(value)) return { missing: `its value is not a number (${text})` };
  const ageMs = nowMs - seconds * 1000;
  if (ageMs <= Math.max(leastOldMs, 3 * everyMs)) return { value };
  return { missing: `its newest value is ${Math.round(ageMs / 1000)} s old` };
}

function numberOf(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text || 'NaN');
}
