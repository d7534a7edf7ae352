// Where the id stands that a request and its answer share, when they come apart. Named in the config in one line each.

import { type Static, Type } from 'typebox';
import { valueAtPointer } from '../../core/json-pointer.ts';
import type { Headers } from '../../model.ts';
import { parseJson } from '../json.ts';

export const joinForm = Type.Union(
  [
    Type.Object({ from: Type.Literal('header'), name: Type.String() }),
    Type.Object({ from: Type.Literal('trace') }),
    Type.Object({ from: Type.Literal('body'), pointer: Type.String() }),
  ],
  { description: 'a header, the trace id of traceparent, or a JSON Pointer into the body' },
);
/** Of `traceparent` it is the trace id alone, which hops keep while they change the rest (W3C Trace Context). */
export type JoinBy = Static<typeof joinForm>;

interface Message {
  readonly headers: Headers;
  readonly body: Uint8Array;
}

const longestKey = 512;

/** Null: this message does not carry it. */
export function joinKeyOf(by: JoinBy, message: Message): string | null {
  const found = rawKeyOf(by, message);
  if (typeof found !== 'string' && typeof found !== 'number') return null;
  const key = String(found);
  return key === '' || key.length > longestKey ? null : key;
}

function rawKeyOf(by: JoinBy, { headers, body }: Message): unknown {
  if (by.from === 'header') return headers[by.name];
  if (by.from === 'trace') return traceIdOf(headers.traceparent);
  try {
    return valueAtPointer(parseJson(body), by.pointer);
  } catch {
    return null;
  }
}

function traceIdOf(traceparent: string | undefined): string | null {
  const id = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}/.exec(traceparent ?? '')?.[1] ?? null;
  return id === '0'.repeat(32) ? null : id;
}
