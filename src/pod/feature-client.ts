// Asks the feature store for the rows of a request, all keys at once, under two limits: the inner deadline after which the
// pod goes on without the row, and the outer timeout of the HTTP call. A late answer is thrown away; nothing is asked twice.
import { Pool } from 'undici';
import { PenumbraError } from '../errors.ts';
import { callOnce } from '../io/http-call.ts';
import { parseJson } from '../io/json.ts';
import type { CardInput } from '../io/model-card.ts';
import type { Headers, TensorValue } from '../model.ts';

/** One value per stored input, in the inputs' order. */
export type StoredRow = readonly TensorValue[];

export interface FeatureClient {
  /** One entry per key, in order; null where the store did not answer well and in time. `forwarded` is sent along. Never rejects. */
  rowsOf(keys: readonly string[], forwarded?: Headers): Promise<(StoredRow | null)[]>;
  close(): Promise<void>;
}

export interface FeatureClientOptions {
  readonly url: string;
  /** The stored inputs, in the order the rows are wanted. */
  readonly inputs: readonly CardInput[];
  readonly timeoutMs: number;
  readonly deadlineMs: number;
  /** Calls under way at most; beyond, a row counts as missing at once. */
  readonly maxCalls?: number;
}

const maxConnections = 512;
const maxRowBytes = 256 * 1024;

/** @throws PenumbraError USAGE when the URL is not one */
export function createFeatureClient(options: FeatureClientOptions): FeatureClient {
  const { inputs, timeoutMs, deadlineMs, maxCalls = 4096 } = options;
  const base = readBase(options.url);
  const pool = new Pool(base.origin, {
    connections: maxConnections,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: timeoutMs },
  });
  const limits = {
    method: 'GET',
    body: null,
    deadlineMs: timeoutMs,
    maxAnswerBytes: maxRowBytes,
    signal: null,
  };
  let calls = 0;

  async function rowOf(key: string, headers: Headers): Promise<StoredRow | null> {
    if (calls >= maxCalls) return null;
    calls++;
    const ending = await callOnce(pool, {
      ...limits,
      headers,
      path: `${base.path}/features/${encodeURIComponent(key)}`,
    });
    calls--;
    return ending.failure || ending.status !== 200 ? null : readRow(ending.body, inputs);
  }

  async function rowsOf(keys: readonly string[], forwarded: Headers = {}): Promise<(StoredRow | null)[]> {
    const rows = new Map<string, StoredRow | null>();
    const asked = [...new Set(keys)].map(async (key) => rows.set(key, await rowOf(key, forwarded)));
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise((resolve) => {
      timer = setTimeout(resolve, deadlineMs);
    });
    await Promise.race([Promise.all(asked), deadline]);
    clearTimeout(timer);
    return keys.map((key) => rows.get(key) ?? null);
  }

  return { rowsOf, close: () => pool.destroy() };
}

function readBase(text: string): { origin: string; path: string } {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.search !== '') {
    throw new PenumbraError('USAGE', `a feature store requires an http or https URL, not "${text}"`);
  }
  return { origin: url.origin, path: url.pathname.replace(/\/+$/, '') };
}

/** Null when a value is missing or of another type: a row that is half there is as bad as none. */
function readRow(body: Uint8Array, inputs: readonly CardInput[]): StoredRow | null {
  const features = featuresIn(body);
  if (features === null) return null;
  const row: TensorValue[] = [];
  for (const { name, type } of inputs) {
    const value = Object.hasOwn(features, name) ? features[name] : undefined;
    if (!isValueOf(type, value)) return null;
    row.push(value);
  }
  return row;
}

function featuresIn(body: Uint8Array): Record<string, unknown> | null {
  try {
    const answer = parseJson(body);
    const features = typeof answer === 'object' && answer !== null && 'features' in answer ? answer.features : null;
    return typeof features === 'object' && features !== null ? (features as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function isValueOf(type: CardInput['type'], value: unknown): value is TensorValue {
  if (type === 'string' || type === 'boolean') return typeof value === type;
  return typeof value === 'number' || typeof value === 'bigint' || value === null;
}
