// One outgoing HTTP request, for shadow calls and for the pod's feature store: no retries, no redirects, no decompression,
// a cap on the answer's bytes and one total deadline, slow drip included. It resolves for every ending and never rejects;
// the socket of an abandoned call is destroyed.
import { setMaxListeners } from 'node:events';
import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Headers } from '../model.ts';
import { aborted, answerFailure, connectFailure, type FailedCall, pastDeadline, tooLarge } from './http-failures.ts';

export interface HttpCall {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  /** A stream must come with its content-length header. */
  readonly body: Uint8Array | Readable | null;
  readonly deadlineMs: number;
  readonly maxAnswerBytes: number;
  /** Null: only the deadline, or closing the dispatcher, ends it early. */
  readonly signal: AbortSignal | null;
}

export type HttpEnding =
  | { readonly failure: null; readonly status: number; readonly headers: Headers; readonly body: Uint8Array }
  | { readonly failure: FailedCall };

const abandoned = new Error('the call was abandoned');

export function callOnce(dispatcher: Dispatcher, call: HttpCall): Promise<HttpEnding> {
  return new Promise((resolve) => {
    const watch = watchCall(call, resolve);
    if (call.signal?.aborted) return watch.end({ failure: aborted });
    try {
      dispatcher.dispatch(
        { method: call.method as Dispatcher.HttpMethod, path: call.path, headers: call.headers, body: call.body },
        answerHandler(call, watch),
      );
    } catch (thrown) {
      watch.end({ failure: connectFailure(thrown) });
    }
  });
}

interface Watch {
  readonly hasEnded: () => boolean;
  readonly end: (ending: HttpEnding) => void;
  /** From here on the deadline can also destroy the socket. */
  readonly started: (controller: Dispatcher.DispatchController) => void;
}

function watchCall(call: HttpCall, resolve: (ending: HttpEnding) => void): Watch {
  let hasEnded = false;
  let controller: Dispatcher.DispatchController | null = null;
  const timer = setTimeout(() => abandon(pastDeadline), call.deadlineMs);
  const onAbort = (): void => abandon(aborted);
  if (call.signal) {
    // Many calls wait on the one signal of a run; that is no leak.
    setMaxListeners(0, call.signal);
    call.signal.addEventListener('abort', onAbort, { once: true });
  }

  function end(ending: HttpEnding): void {
    if (hasEnded) return;
    hasEnded = true;
    clearTimeout(timer);
    call.signal?.removeEventListener('abort', onAbort);
    resolve(ending);
  }

  function abandon(failure: FailedCall): void {
    end({ failure });
    controller?.abort(abandoned);
  }

  function started(given: Dispatcher.DispatchController): void {
    controller = given;
    // It waited for a free connection until after its deadline: nothing has been written yet, and nothing will be.
    if (hasEnded) given.abort(abandoned);
  }

  return { hasEnded: () => hasEnded, end, started };
}

function answerHandler(call: HttpCall, watch: Watch): Dispatcher.DispatchHandler {
  const chunks: Buffer[] = [];
  let size = 0;
  let isStarted = false;
  let status = 0;
  let headers: Headers = {};
  return {
    onRequestStart(controller) {
      isStarted = true;
      watch.started(controller);
    },
    onResponseStart(_controller, statusCode, given) {
      status = statusCode;
      headers = joinHeaders(given);
    },
    onResponseData(controller, chunk) {
      if (watch.hasEnded()) return;
      size += chunk.length;
      if (size <= call.maxAnswerBytes) {
        chunks.push(chunk);
        return;
      }
      watch.end({ failure: status > 299 ? { status: 'error', reason: `http_${status}` } : tooLarge });
      controller.abort(abandoned);
    },
    onResponseEnd() {
      const body = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks);
      watch.end({ failure: null, status, headers, body });
    },
    onResponseError(_controller, thrown) {
      watch.end({ failure: isStarted ? answerFailure(thrown) : connectFailure(thrown) });
    },
    onRequestUpgrade(_controller, _status, _headers, socket) {
      socket.destroy();
      watch.end({ failure: { status: 'invalid', reason: 'malformed_http' } });
    },
  };
}

function joinHeaders(given: Record<string, string | string[] | undefined>): Headers {
  const joined: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value !== undefined) joined[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return joined;
}
