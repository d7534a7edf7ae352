// How long the body of a message is (RFC 9112 §6.3), and where it ends in the bytes that come.
import { createChunkedBody, type Span } from './chunked.ts';
import type { AnswerHead, RequestHead } from './head-fields.ts';

export interface Body {
  /** Follows the bytes; how many of them belong to the body, or −1 when it cannot be one. */
  follow(bytes: Uint8Array): number;
  readonly isDone: boolean;
  /** Where content lay in the bytes last followed. */
  readonly data: readonly Span[];
  /** It ends with the connection. */
  readonly isUntilClose: boolean;
}

const nothing: readonly Span[] = [];
const noBody: Body = { follow: () => 0, isDone: true, data: nothing, isUntilClose: false };

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
  const body = {
    follow: (bytes: Uint8Array): number => {
      const used = chunked.follow(bytes);
      body.isDone = chunked.isDone;
      body.data = chunked.data;
      return used;
    },
    isDone: false,
    data: nothing,
    isUntilClose: false,
  };
  return body;
}

function fixedBody(length: number): Body {
  if (length === 0) return noBody;
  let left = length;
  const body = {
    follow: (bytes: Uint8Array): number => {
      const to = Math.min(left, bytes.length);
      left -= to;
      body.isDone = left === 0;
      body.data = to === 0 ? nothing : [{ from: 0, to }];
      return to;
    },
    isDone: false,
    data: nothing,
    isUntilClose: false,
  };
  return body;
}

function untilClose(): Body {
  const body = {
    follow: (bytes: Uint8Array): number => {
      body.data = [{ from: 0, to: bytes.length }];
      return bytes.length;
    },
    isDone: false,
    data: nothing,
    isUntilClose: true,
  };
  return body;
}
