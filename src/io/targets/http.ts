// A shadow arm behind an HTTP URL. It has a connection pool of its own, sends what it was given once, and turns every
// ending into a reply. Of the original's headers only an allow-list travels: a shadow never sees production's secrets.

import { type Static, Type } from 'typebox';
import { Pool } from 'undici';
import type { Kind } from '../../core/kind.ts';
import { probeMarks } from '../../core/own-calls.ts';
import { PenumbraError } from '../../errors.ts';
import type { AnswerMessage, DegradedMark, Headers, RequestMessage } from '../../model.ts';
import { isMarkedDegraded } from '../degraded.ts';
import { forwarded } from '../forwarded-headers.ts';
import { callOnce, type HttpEnding } from '../http-call.ts';
import type { Codec, Target, TargetCall, TargetReply } from '../ports.ts';
import { type Spoilt, spoil } from '../spoil.ts';
import { probeReady } from './http-ready.ts';

const options = Type.Object(
  {
    url: Type.String({
      description:
        'Where the shadow answers. With a path of its own that path is asked, else the path of the original request',
    }),
    headers: Type.Record(Type.String(), Type.String(), {
      default: {},
      description: "Headers to send, e.g. the shadow's own credential",
    }),
    forward: Type.Array(Type.String(), {
      default: [],
      description: 'Headers of the original request, in lower case, to send on besides those that every shadow gets',
    }),
    version: Type.Union([Type.String(), Type.Null()], {
      default: null,
      description: 'Declared version, for services whose answers give none',
    }),
    maxConnections: Type.Integer({ minimum: 1, default: 32, description: 'Connections kept to the shadow at most' }),
    maxAnswerBytes: Type.Integer({
      minimum: 1,
      default: 1024 * 1024,
      description: 'An answer with more bytes is invalid',
    }),
    connectTimeoutMs: Type.Integer({ minimum: 1, default: 2000, description: 'Longest wait for a connection' }),
  },
  { additionalProperties: false },
);

/** What the composition root adds to the options. */
export interface HttpTargetDeps {
  readonly codec: Codec;
  readonly degradedWhen?: DegradedMark | null;
  /** The path that answers 2xx when it is ready; the protocol's own unless given. */
  readonly readyPath?: string | null;
}

export type HttpTargetOptions = Partial<Static<typeof options>> & { readonly url: string } & HttpTargetDeps;

/** Options first, then what the composition root adds: the codec of the protocol. */
export const httpTarget: Kind<typeof options, (deps: HttpTargetDeps) => Target> = {
  name: 'http',
  summary: 'A service at a URL, asked over HTTP/1.1 with its own connections and a total deadline',
  options,
  create: (given) => (deps) => createHttpTarget({ ...given, ...deps }),
};

/** @throws PenumbraError CONFIG_INVALID when the URL is not one */
export function createHttpTarget(given: HttpTargetOptions): Target {
  const {
    codec,
    degradedWhen = null,
    readyPath = null,
    headers = {},
    forward = [],
    version = null,
    maxConnections = 32,
    maxAnswerBytes = 1024 * 1024,
    connectTimeoutMs = 2000,
  } = given;
  const url = readUrl(given.url);
  const ownPath = url.pathname === '/' && url.search === '' ? null : `${url.pathname}${url.search}`;
  const pool = new Pool(url.origin, {
    connections: maxConnections,
    pipelining: 1,
    // The call's own deadline rules; undici's timers would only duplicate it.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: connectTimeoutMs },
  });

  async function call(given: TargetCall): Promise<TargetReply> {
    let message: RequestMessage;
    try {
      message = given.perturbed ? codec.encodeRequest(given.request, given.message) : given.message;
    } catch {
      return { status: 'invalid', reason: 'unencodable', latencyMs: 0, answer: null };
    }
    const spoilt = given.transport ? spoil(message.body, given.transport) : null;
    const startedAt = performance.now();
    const ending = await callOnce(pool, {
      method: message.method,
      path: ownPath ?? message.path,
      headers: { ...forwarded(message.headers, forward), ...headers, ...given.headers, ...lengthOf(spoilt) },
      body: spoilt?.body ?? message.body,
      deadlineMs: given.deadlineMs,
      maxAnswerBytes,
      signal: given.signal,
    });
    return replyOf(ending, { codec, degradedWhen, version, latencyMs: performance.now() - startedAt });
  }

  return {
    name: 'http',
    inProcess: false,
    ready: (signal) => {
      const marked = { ...headers, ...probeMarks(url.origin) };
      return probeReady({ pool, protocol: codec.name, path: ownPath, readyPath, headers: marked, version }, signal);
    },
    call,
    close: () => pool.destroy(),
  };
}

function readUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url && (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' && url.password === '')
    return url;
  throw new PenumbraError(
    'CONFIG_INVALID',
    `a target requires an http or https URL without credentials in it, not "${text}"`,
  );
}

/** Bytes are measured by whoever sends them, streams cannot be. */
function lengthOf(spoilt: Spoilt | null): Headers {
  return spoilt === null ? {} : { 'content-length': String(spoilt.contentLength) };
}

interface Reading {
  readonly codec: Codec;
  readonly degradedWhen: DegradedMark | null;
  readonly version: string | null;
  readonly latencyMs: number;
}

function replyOf(ending: HttpEnding, { codec, degradedWhen, version, latencyMs }: Reading): TargetReply {
  if (ending.failure) return { ...ending.failure, latencyMs, answer: null };
  if (ending.status < 200 || ending.status > 299)
    return { status: 'error', reason: `http_${ending.status}`, latencyMs, answer: null };
  const answer = decode(codec, ending);
  if (!answer) return { status: 'invalid', reason: 'undecodable', latencyMs, answer: null };
  const degraded = answer.degraded || (degradedWhen !== null && isMarkedDegraded(ending, degradedWhen));
  const modelVersion = answer.modelVersion ?? version;
  return { status: 'ok', reason: null, latencyMs, answer: { ...answer, degraded, modelVersion } };
}

function decode(codec: Codec, message: AnswerMessage) {
  try {
    return codec.decodeAnswer(message);
  } catch {
    return null;
  }
}
