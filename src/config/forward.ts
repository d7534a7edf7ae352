// `target.forward`: which headers of production's request may reach a shadow. What frames a message, and what marks a copy, is the
// sender's own.
import type { Spot } from './shape.ts';
import { nameOf, show } from './shape.ts';

const headerName = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;

const ofTheConnection = [
  'connection',
  'content-length',
  'expect',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
const ofTheCopy = ['baggage', 'ce-id', 'traceparent', 'tracestate', 'x-request-id', 'x-shadow'];

/** In lower case. A list that is none was reported by its shape. */
export function readForward({ value, path, problems }: Spot): readonly string[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((given: unknown, index) => {
    if (typeof given !== 'string') return [];
    const name = given.toLowerCase();
    const why = whyNot(name);
    if (why === null) return [name];
    problems.at([...path, index], `${nameOf(path)} ${why}, got ${show(given)}`);
    return [];
  });
}

function whyNot(name: string): string | null {
  if (!headerName.test(name)) return 'requires names of headers, such as x-tenant';
  if (ofTheConnection.includes(name))
    return 'cannot name a header that belongs to one connection or frames its messages';
  if (ofTheCopy.includes(name)) return 'cannot name a header that every copy gets a value of its own for';
  return null;
}
