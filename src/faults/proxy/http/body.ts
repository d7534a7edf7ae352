// How long the body of a message is (RFC 9112 §6.3), and where it ends in the bytes that come.
import { createChunkedBody, type Span } from './chunked.ts';
import type { AnswerHead, RequestHead } from './head.ts';

export interface Body {
  /** Follows the bytes; how many of them belong to the body, or −1 when it cannot be one. */
  follow(bytes: Uint8Array): number;
  readonly isDone: boolean;
  /** Where content lay in the bytes last followed. */
  readonly data: readonly Span[];
  /** It ends with the connection. */
  readonly isUntilClose: boolean;
}

export function requestBody({ contentLength, isChunked }: RequestHead): Body {
  return isChunked ? chunkedBody() : fixedBody(contentLength ?? 0);
}

export function answerBody(
  { status, contentLength, codings, isChunked }: AnswerHead,
  { toMethod }: { toMethod: string },
): Body {
  if (toMethod === 'HEAD' || status < 200 || status === 204 || status === 304) return fixedBody(0);
  if (isChunked) return chunkedBody();
  return codings || contentLength === null ? untilClose() : fixedBody(contentLength);
}

function chunkedBody(): Body {
  const chunked = createChunkedBody();
  return {
    follow: chunked.follow,
    get isDone() {
      return chunked.isDone;
    },
    get data() {
      return chunked.data;
    },
    isUntilClose: false,
  };
}

function fixedBody(length: number): Body {
  let left = length;
  let data: readonly Span[] = [];
  return {
    follow: (bytes) => {
      const to = Math.min(left, bytes.length);
      left -= to;
      data = to === 0 ? [] : [{ from: 0, to }];
      return to;
    },
    get isDone() {
      return left === 0;
    },
    get data() {
      return data;
    },
    isUntilClose: false,
  };
}

function untilClose(): Body {
  let data: readonly Span[] = [];
  return {
    follow: (bytes) => {
      data = [{ from: 0, to: bytes.length }];
      return bytes.length;
    },
    isDone: false,
    get data() {
      return data;
    },
    isUntilClose: true,
  };
}
