// How long the body behind a head is: RFC 9112 §6.3 and nothing else.
import type { BlindReason } from './counters.ts';
import type { Head } from './head.ts';

/** In place of a length: the body is chunked; the body ends with the connection. */
export const chunkedBody = -1;
export const untilClose = -2;

export function requestBodyLength(head: Head): number {
  if (head.isChunked) return chunkedBody;
  return Math.max(head.contentLength, 0);
}

/** `toHead`: whether the request was a HEAD. */
export function answerBodyLength(head: Head, { toHead }: { toHead: boolean }): number | BlindReason {
  if (head.status < 200 || head.status === 204) {
    // A body here is illegal, and clients disagree on whether to read it.
    return head.isChunked || head.contentLength > 0 ? 'framing_conflict' : 0;
  }
  if (toHead || head.status === 304) return 0;
  if (head.isChunked) return chunkedBody;
  return head.contentLength >= 0 ? head.contentLength : untilClose;
}
