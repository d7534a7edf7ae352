// JSON Pointer (RFC 6901): how a config names a place inside somebody's JSON.

/** Whether a text is a pointer to something inside a document; the empty pointer, which means the whole, is not. */
export function isJsonPointer(text: string): boolean {
  return /^(\/([^~]|~[01])*)+$/.test(text);
}

/** The value at a place of parsed JSON; undefined where there is none. Total. */
export function valueAtPointer(document: unknown, pointer: string): unknown {
  let value = document;
  for (const token of pointer.slice(1).split('/')) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
