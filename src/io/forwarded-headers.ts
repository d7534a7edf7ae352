// Of a request's headers these alone travel on to whom penumbra asks: never production's secrets.
import type { Headers } from '../model.ts';

/** Without the last two a compressed body, or one with binary tensors, could not be read. */
const forwardedHeaders = [
  'content-type',
  'accept',
  'x-request-id',
  'content-encoding',
  'inference-header-content-length',
] as const;

/** `named`: others that may travel too, in lower case. */
export function forwarded(headers: Headers, named: readonly string[] = []): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of [...forwardedHeaders, ...named]) {
    const value = headers[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}
