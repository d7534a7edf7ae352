// Reads, writes and removes places of parsed JSON by JSON Pointer (RFC 6901), without touching what was given. A token `*` stands for
// every item of a list: the value is then a list, one item per row.

export type Tokens = readonly string[];

export function tokensOf(pointer: string): Tokens {
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Undefined where there is nothing; with `*`, undefined only where there is no list or no row has it. */
export function readAt(document: unknown, [token, ...rest]: Tokens): unknown {
  if (token === undefined) return document;
  if (typeof document !== 'object' || document === null) return undefined;
  if (token !== '*' || !Array.isArray(document))
    return Object.hasOwn(document, token) ? readAt((document as Record<string, unknown>)[token], rest) : undefined;
  const rows = document.map((item) => readAt(item, rest));
  return rows.every((row) => row === undefined) ? undefined : rows;
}

/** A copy with this value at the place; undefined removes it (of a list's item, null remains, so that no other moves). */
export function writeAt(
  document: unknown,
  { tokens: [token, ...rest], value }: { tokens: Tokens; value: unknown },
): unknown {
  if (token === undefined) return value;
  if (token === '*' && (Array.isArray(document) || document === undefined)) {
    const values = Array.isArray(value) ? (value as unknown[]) : [];
    const rows: readonly unknown[] = Array.isArray(document) ? document : values;
    return rows.map((row, index) => writeAt(row, { tokens: rest, value: values[index] }) ?? null);
  }
  const at = { tokens: rest, value };
  if (Array.isArray(document)) {
    return document.map((item, index) => (String(index) === token ? (writeAt(item, at) ?? null) : item));
  }
  if (document !== undefined && (typeof document !== 'object' || document === null)) return document;
  const members = new Map(Object.entries((document ?? {}) as object));
  if (!members.has(token) && value === undefined) return document;
  const made = writeAt(members.get(token), at);
  if (made === undefined) members.delete(token);
  else members.set(token, made);
  return Object.fromEntries(members);
}
