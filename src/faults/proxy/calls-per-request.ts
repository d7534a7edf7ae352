// How many calls one request of the pod makes, by the id it forwards: retries show here. Memory is bounded; an id that was
// forgotten and comes again counts as another request, and whoever asks too rarely learns how many calls were missed.

/** Whose call it is, as the pod forwards it: opaque text, at most 200 characters each are kept. */
export interface Caller {
  readonly id: string;
  /** Null where none was forwarded. */
  readonly arm: string | null;
}

export interface CallsSince {
  /** Of the last call with an id: what to ask with next time. */
  readonly seq: number;
  /** Calls since then that were forgotten; they are not among `calls`. */
  readonly missed: number;
  readonly calls: readonly (Caller & { readonly calls: number })[];
}

export interface CallsPerRequest {
  saw(caller: Caller): void;
  summary(): { readonly requests: number; readonly calls: number; readonly mean: number | null; readonly max: number };
  /** What each request and arm called since; null when there was no such call yet. */
  since(seq: number): CallsSince | null;
}

const longestText = 200;

export function createCallsPerRequest({ maxIds = 4096, maxRecords = 50_000 } = {}): CallsPerRequest {
  const recent = new Map<string, Seen>();
  // Call n is at n modulo the length, so that the oldest is overwritten. Texts that come again are kept once.
  const ids: string[] = [];
  const arms: (string | null)[] = [];
  const armTexts = new Map<string, string>();
  // In the order in which they were first seen; the oldest is overwritten.
  const order: string[] = [];
  let requests = 0;
  let calls = 0;
  let max = 0;
  const remember = (id: string): Seen => {
    const seen = { id, calls: 0 };
    const oldest = order[requests % maxIds];
    if (oldest !== undefined) recent.delete(oldest);
    order[requests % maxIds] = id;
    recent.set(id, seen);
    requests++;
    return seen;
  };
  return {
    saw: (caller) => {
      const text = cut(caller.id);
      const seen = recent.get(text) ?? remember(copyOf(text));
      ids[calls % maxRecords] = seen.id;
      arms[calls % maxRecords] = caller.arm === null ? null : kept(armTexts, cut(caller.arm));
      calls++;
      seen.calls++;
      max = Math.max(max, seen.calls);
    },
    summary: () => ({ requests, calls, mean: requests === 0 ? null : calls / requests, max }),
    since: (seq) => {
      if (seq > calls) return null;
      const from = Math.max(seq, calls - maxRecords);
      const at = Array.from({ length: calls - from }, (_, index) => (from + index) % maxRecords);
      const asked = at.map((place) => ({ id: ids[place] ?? '', arm: arms[place] ?? null }));
      return { seq: calls, missed: from - seq, calls: addedUp(asked) };
    },
  };
}

interface Seen {
  readonly id: string;
  calls: number;
}

const maxArmTexts = 100;

/** The text that is kept already, where there is one. */
function kept(texts: Map<string, string>, text: string): string {
  const known = texts.get(text);
  if (known !== undefined) return known;
  const copy = copyOf(text);
  if (texts.size < maxArmTexts) texts.set(copy, copy);
  return copy;
}

/** A piece of a longer text would keep all of that text in memory. */
function copyOf(text: string): string {
  return Buffer.from(text).toString();
}

function addedUp(records: readonly Caller[]): CallsSince['calls'] {
  const sums = new Map<string, Caller & { calls: number }>();
  for (const record of records) {
    // No header value has a line feed.
    const key = record.arm === null ? record.id : `${record.id}\n${record.arm}`;
    const sum = sums.get(key);
    if (sum) sum.calls++;
    else sums.set(key, { ...record, calls: 1 });
  }
  return [...sums.values()];
}

function cut(text: string): string {
  return text.length > longestText ? text.slice(0, longestText) : text;
}
