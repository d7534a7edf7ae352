// The proxy's HTTP control API: what is on, switching, renewing and removing faults, and metrics. Without a token only this
// machine may ask, and no web page that a browser here has open.
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { parseDurationMs } from '../../core/units.ts';
import { messageOf, PenumbraError } from '../../errors.ts';
import type { CallsSince } from './calls-per-request.ts';
import { listenAt, portOf } from './listen.ts';
import type { FaultProxy } from './proxy.ts';
import { readFaults } from './read-faults.ts';
import { type HostPort, isLoopback } from './settings.ts';

export interface ProxyControl {
  readonly address: HostPort;
  close(): Promise<void>;
}

export interface ControlOptions {
  readonly listen: HostPort;
  /** Null: none, which only a loopback address may have. */
  readonly token: string | null;
}

const standardLeaseMs = 30_000;
const maxBodyBytes = 64 * 1024;

/** @throws PenumbraError BIND_REFUSED without a token on an address others reach, ADDRESS_IN_USE */
export async function startProxyControl(proxy: FaultProxy, { listen, token }: ControlOptions): Promise<ProxyControl> {
  if (token === null && !isLoopback(listen.host)) {
    const why = `the control address ${listen.host} is reachable from other machines and requires a token; 127.0.0.1 needs none`;
    throw new PenumbraError('BIND_REFUSED', why);
  }
  const server = createServer(
    { headersTimeout: 5000, requestTimeout: 10_000, keepAliveTimeout: 5000 },
    (request, response) => {
      answer(request, { response, proxy, token }).catch(() => response.destroy());
    },
  );
  server.maxConnections = 200;
  await listenAt(server, listen);
  return { address: { host: listen.host, port: portOf(server) }, close: () => closeServer(server) };
}

interface Asked {
  readonly response: ServerResponse;
  readonly proxy: FaultProxy;
  readonly token: string | null;
}

async function answer(request: IncomingMessage, { response, proxy, token }: Asked): Promise<void> {
  try {
    const route = `${request.method} ${(request.url ?? '').split('?', 1)[0]}`;
    if (route !== 'GET /v1/health') guard(request, token);
    await routes(route, { request, response, proxy });
  } catch (thrown) {
    const error = thrown instanceof PenumbraError ? thrown : new PenumbraError('INTERNAL', messageOf(thrown));
    // Wrong words in a request are not wrong words on a command line.
    const code = error.code === 'USAGE' ? 'REQUEST_INVALID' : error.code;
    if (error.code === 'UNAUTHORIZED') response.setHeader('www-authenticate', 'Bearer');
    // A body that was not read would be taken for the next request.
    if (!request.complete) response.setHeader('connection', 'close');
    sendJson(response, { status: error.status, value: { error: { code, message: error.message } } });
  }
}

async function routes(
  route: string,
  { request, response, proxy }: { request: IncomingMessage; response: ServerResponse; proxy: FaultProxy },
): Promise<void> {
  switch (route) {
    case 'GET /v1/health':
      return sendJson(response, { status: 200, value: { status: 'ok' } });
    case 'GET /v1/state':
      return sendJson(response, { status: 200, value: proxy.state() });
    case 'GET /v1/calls':
      return sendJson(response, { status: 200, value: callsSince(proxy, request.url ?? '') });
    case 'PUT /v1/faults':
      switchFaults(proxy, await readJson(request));
      return sendJson(response, { status: 200, value: proxy.state() });
    case 'DELETE /v1/faults':
      return sendJson(response, { status: 200, value: await proxy.restoreBaseline() });
    case 'POST /v1/lease':
      if (!proxy.renewLease())
        throw new PenumbraError('NOT_FOUND', 'no faults with a lease are on: it may have expired');
      return sendJson(response, { status: 200, value: { lease: proxy.state().lease } });
    case 'GET /metrics': {
      const { contentType, text } = await proxy.metrics();
      response.writeHead(200, { 'content-type': contentType }).end(text);
      return;
    }
    default:
      throw new PenumbraError(
        'NOT_FOUND',
        'known: GET /v1/state, GET /v1/calls?since=N, PUT and DELETE /v1/faults, POST /v1/lease, GET /v1/health, GET /metrics',
      );
  }
}

function callsSince({ settings, callsSince: ask }: FaultProxy, url: string): CallsSince {
  if (settings.protocol === 'tcp')
    throw new PenumbraError('NOT_FOUND', 'calls per request require protocol http: on tcp no request has an id');
  const written = new URLSearchParams(url.split('?')[1] ?? '').getAll('since');
  const [since = '0'] = written;
  if (written.length > 1 || !/^\d{1,15}$/.test(since)) {
    const why = `since requires one sequence number such as 0, or the seq of the last answer, not ${JSON.stringify(written.join(' '))}`;
    throw new PenumbraError('REQUEST_INVALID', why);
  }
  const answer = ask(Number(since));
  if (answer !== null) return answer;
  const why = `since requires a sequence number that was reached: there is no call ${since} yet (after a restart they begin at 1 again)`;
  throw new PenumbraError('REQUEST_INVALID', why);
}

function switchFaults(proxy: FaultProxy, body: unknown): void {
  const fields =
    typeof body === 'object' && body !== null && !Array.isArray(body) ? (body as Record<string, unknown>) : null;
  const unknown = Object.keys(fields ?? {}).find((key) => key !== 'faults' && key !== 'lease');
  if (fields === null || unknown !== undefined) {
    const got = unknown === undefined ? '' : `, not "${unknown}"`;
    throw new PenumbraError('REQUEST_INVALID', `the body requires {"faults": […], "lease": "30s"}${got}`);
  }
  const { settings } = proxy;
  const uses = readFaults(fields.faults, { protocol: settings.protocol, hasStandby: settings.standby !== null });
  const leaseMs = fields.lease === undefined ? standardLeaseMs : parseDurationMs(String(fields.lease));
  if (leaseMs < 1) throw new PenumbraError('REQUEST_INVALID', 'lease requires at least 1ms');
  proxy.setFaults(uses, { leaseMs });
}

function guard({ headers }: IncomingMessage, token: string | null): void {
  if (token !== null) {
    if (isSame(headers.authorization ?? '', `Bearer ${token}`)) return;
    throw new PenumbraError('UNAUTHORIZED', 'a valid bearer token is required');
  }
  const host = headers.host ?? '';
  if (!/^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i.test(host) || headers.origin !== undefined) {
    throw new PenumbraError(
      'HOST_NOT_ALLOWED',
      'without a token this API answers under localhost and 127.0.0.1, and no web page',
    );
  }
}

function isSame(one: string, other: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxBodyBytes) throw new PenumbraError('BODY_TOO_LARGE', 'the body requires at most 64KiB');
    chunks.push(chunk as Buffer);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    throw new PenumbraError('JSON_INVALID', 'the body requires JSON such as {"faults": [{"latency": "800ms"}]}');
  }
}

function sendJson(response: ServerResponse, { status, value }: { status: number; value: unknown }): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(value)}\n`);
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
