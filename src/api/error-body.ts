// The one form of every error that the API answers with: {error: {code, message, where?, retryable}}.
import type { Socket } from 'node:net';
import type { FastifyError, FastifySchemaValidationError } from 'fastify';
import { Type } from 'typebox';
import { type ErrorCode, PenumbraError } from '../errors.ts';

export const errorSchema = Type.Object(
  {
    error: Type.Object({
      code: Type.String({ description: 'stable; for programs' }),
      message: Type.String({ description: 'for people' }),
      where: Type.Optional(Type.String({ description: 'the member or place it is about' })),
      retryable: Type.Boolean({ description: 'whether the same request may succeed later' }),
    }),
  },
  { description: 'An error' },
);

export interface ErrorAnswer {
  readonly status: number;
  readonly body: object;
}

const codeOfStatus: Readonly<Record<number, ErrorCode>> = { 413: 'BODY_TOO_LARGE', 415: 'MEDIA_TYPE_UNSUPPORTED' };

export function toErrorAnswer(error: FastifyError | PenumbraError): ErrorAnswer {
  if (error instanceof PenumbraError) return answerOf(error, error.status);
  const status = error.statusCode ?? 500;
  if (status >= 500) return answerOf(new PenumbraError('INTERNAL', 'something went wrong here; see the log'), status);
  const { message, where } = explain(error);
  return answerOf(new PenumbraError(codeOfStatus[status] ?? 'REQUEST_INVALID', message, where), status);
}

function answerOf({ code, message, where, retryable }: PenumbraError, status: number): ErrorAnswer {
  return { status, body: { error: { code, message, ...(where === null ? {} : { where }), retryable } } };
}

function explain(error: FastifyError): { message: string; where: string | null } {
  const place = error.validationContext ?? 'body';
  const found = (error.validation ?? []).map((one) => complaint(one, place));
  const [first] = found;
  if (first === undefined) return { message: error.message, where: null };
  return { message: [...new Set(found.map(({ text }) => text))].slice(0, 5).join('; '), where: first.where };
}

/** Says which member it is about; the validator alone says only that there is one. */
function complaint(
  { instancePath, message, params, keyword }: FastifySchemaValidationError,
  place: string,
): { text: string; where: string } {
  const where = `${place}${instancePath}`;
  if (keyword === 'additionalProperties') {
    const name = String(params.additionalProperty);
    return { text: `${where} has the unknown member "${name.slice(0, 100)}"`, where: `${where}/${name.slice(0, 100)}` };
  }
  return { text: `${where} ${message ?? 'is not valid'}`, where };
}

/** What is answered to bytes that are no HTTP request at all. */
export function refuseConnection(cause: Error & { code?: string }, socket: Socket): void {
  if (!socket.writable || cause.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status = cause.code === 'HPE_HEADER_OVERFLOW' ? '431 Request Header Fields Too Large' : '400 Bad Request';
  const { body } = answerOf(new PenumbraError('REQUEST_INVALID', 'this is not an HTTP request that can be read'), 400);
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${status}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(text)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${text}`);
}
