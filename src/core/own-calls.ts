// How penumbra knows its own calls when they come back through a mirror or a logger: by a header, and by the beginning of their ids.
// Proxies drop headers that they do not know, and loggers keep ids alone: either is enough.

/** Every copy that penumbra sends carries this header. */
export const shadowHeader = 'x-shadow';

/** Every id that penumbra gives to what it sends begins so: of requests, and of the events that loggers make of them. */
export const shadowIdPrefix = 'shadow-';

/** Names of headers are in lower case. `ids`: whatever else names the call, such as the id of an event; undefined: none. */
export function isOwnCall(
  headers: Readonly<Record<string, string>>,
  ids: readonly (string | undefined)[] = [],
): boolean {
  if (headers[shadowHeader] !== undefined) return true;
  return [headers['x-request-id'], headers['ce-id'], ...ids].some((id) => id?.startsWith(shadowIdPrefix));
}

/**
 * The headers that mark a call, which is `what`: a run and its arm, or a probe of an address. Loggers take `ce-id` over as the id of
 * their events, so it says the same.
 */
export function marksOf(what: string, requestId: string): Readonly<Record<string, string>> {
  return {
    [shadowHeader]: what,
    'x-request-id': requestId,
    'ce-id': `${shadowIdPrefix}${what}/${requestId}`.slice(0, 256),
  };
}

export function probeMarks(origin: string): Readonly<Record<string, string>> {
  return marksOf(`probe ${origin}`, `${shadowIdPrefix}probe`);
}

/** What a call that came back is, as far as one of its marks is left; null: the beginning of an id alone says that it is ours. */
export function markOf(headers: Readonly<Record<string, string>>): string | null {
  const event = headers['ce-id']?.startsWith(shadowIdPrefix)
    ? headers['ce-id'].slice(shadowIdPrefix.length)
    : undefined;
  return headers[shadowHeader] ?? (event === undefined ? null : (/^(.+?)\/shadow-/.exec(event)?.[1] ?? null));
}
