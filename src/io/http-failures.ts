// How a failed HTTP call becomes an outcome: one table, so that every failure has one status and a closed reason.
import { errors } from 'undici';
import type { OutcomeStatus } from '../model.ts';

export interface FailedCall {
  readonly status: OutcomeStatus;
  readonly reason: string;
}

const connectReasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection_refused',
  ENOTFOUND: 'host_not_found',
  EAI_AGAIN: 'host_not_found',
  EHOSTUNREACH: 'host_unreachable',
  ENETUNREACH: 'host_unreachable',
  ECONNRESET: 'connection_reset',
  UND_ERR_SOCKET: 'connection_reset',
  ETIMEDOUT: 'connect_timeout',
  UND_ERR_CONNECT_TIMEOUT: 'connect_timeout',
};

const resetCodes = new Set([
  'ECONNRESET',
  'EPIPE',
  'UND_ERR_SOCKET',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'ETIMEDOUT',
]);

/** No connection could be made: nothing answered, and nothing was asked. */
export function connectFailure(thrown: unknown): FailedCall {
  const code = codeOf(thrown);
  // A header or path that cannot be sent says nothing about the other side.
  if (code === 'UND_ERR_INVALID_ARG') return { status: 'error', reason: 'call_failed' };
  return { status: 'unavailable', reason: connectReasons[code] ?? 'connect_failed' };
}

/** The request was on its way when the call failed. */
export function answerFailure(thrown: unknown): FailedCall {
  const code = codeOf(thrown);
  if (resetCodes.has(code)) return { status: 'error', reason: 'reset' };
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return tooLarge;
  if (thrown instanceof errors.HTTPParserError) return { status: 'invalid', reason: 'malformed_http' };
  return { status: 'error', reason: 'call_failed' };
}

export const pastDeadline: FailedCall = { status: 'timeout', reason: 'deadline' };
export const aborted: FailedCall = { status: 'timeout', reason: 'aborted' };
export const tooLarge: FailedCall = { status: 'invalid', reason: 'too_large' };

/** The code of an error, or of the first of several (a host with several addresses). */
function codeOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.errors.length > 0 && !('code' in thrown))
    return codeOf(thrown.errors[0]);
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : null;
  return typeof code === 'string' ? code : '';
}
