// Answers that the proxy gives itself, without the upstream: a fault's status, or a refusal that says which cap was reached.
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Inflow } from '../inflow.ts';
import { send } from '../sockets.ts';
import { requestBody } from './body.ts';
import type { RequestHead } from './head-fields.ts';

export interface LocalAnswer {
  readonly status: number;
  readonly body: string;
  readonly isLast: boolean;
  readonly toMethod?: string;
  readonly headers?: readonly string[];
}

/** Resolves once it is handed to the system; a caller that left is no error. */
export async function answerHere(client: Socket, { status, body, isLast, toMethod, headers = [] }: LocalAnswer) {
  const isBodiless = status === 204 || status === 304;
  const content = isBodiless ? Buffer.alloc(0) : Buffer.from(body);
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Status'}`,
    ...(body.startsWith('{') ? ['content-type: application/json'] : []),
    ...(isBodiless ? [] : [`content-length: ${content.length}`]),
    ...headers,
    ...(isLast ? ['connection: close'] : []),
  ];
  const head = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
  await send(client, toMethod === 'HEAD' ? head : Buffer.concat([head, content]));
}

export function refusal(code: string, message: string): string {
  return JSON.stringify({ error: { code, message } });
}

/** Reads a request's body to its end and drops it. False when it did not end. */
export async function discardBody(requests: Inflow, head: RequestHead): Promise<boolean> {
  const body = requestBody(head);
  while (!body.isDone) {
    const bytes = await requests.next();
    if (bytes === null) return false;
    const used = body.follow(bytes);
    if (used < 0) return false;
    requests.unread(bytes.subarray(used));
  }
  return true;
}
