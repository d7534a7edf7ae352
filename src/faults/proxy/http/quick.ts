// The short way of a call: while no fault is on, a request that comes in one piece is passed on in one write, and an answer
// that comes in one piece likewise, in the callbacks of the sockets. Anything else goes on the long way, call and all.

import type { UpstreamLink } from '../desk.ts';
import type { Engagement } from '../engagement.ts';
import type { Taken } from '../inflow.ts';
import { isBusy, sendNow } from '../sockets.ts';
import { answerBody } from './body.ts';
import type { AnswerHead, RequestHead } from './head-fields.ts';
import { type HttpLink, usableUpstream } from './link.ts';
import { type QuickHead, quickAnswerHead, quickRequestHead } from './quick-head.ts';

/** A request that the upstream has whole, and whose answer takes the long way. */
export interface OpenCall {
  readonly head: RequestHead;
  readonly engagement: Engagement;
  readonly upstream: UpstreamLink;
  readonly startedMs: number;
}

/** Resolves with the first thing that takes the long way: an open call, or null, then it is the next request or an end. */
export async function goQuickly(link: HttpLink): Promise<OpenCall | null> {
  const upstream = usableUpstream(link);
  if (upstream === null || link.isProbe || link.desk.engagement().uses.length > 0) return null;
  return new Promise((resolve) => runLane(link, { upstream, resolve }));
}

interface Lane {
  readonly upstream: UpstreamLink;
  readonly resolve: (open: OpenCall | null) => void;
}

function runLane(link: HttpLink, { upstream, resolve }: Lane): void {
  const { requests, client } = link;
  const { answers, socket } = upstream;
  let open: OpenCall | null = null;
  let isOver = false;
  const leave = (): void => {
    isOver = true;
    for (const inflow of [requests, answers]) {
      inflow.offer(null);
      inflow.whenEnded(null);
    }
    resolve(open);
  };
  const ask = (bytes: Buffer): Taken => {
    // Its turn comes.
    if (open !== null) return 'left';
    open = begin(link, { upstream, bytes });
    if (open !== null) return sendNow(socket, bytes);
    leave();
    return 'left';
  };
  const askHeld = (): void => {
    const next = requests.here();
    if (next !== null && ask(next) === 'left') requests.unread(next);
  };
  const answer = (bytes: Buffer): Taken => {
    const read = open && wholeAnswer(bytes, open.head.method);
    const taken = read === null ? 'left' : sendNow(client, bytes);
    if (open === null || read === null || taken === 'left') {
      leave();
      return 'left';
    }
    finish(link, { open, read, bytes });
    open = null;
    askHeld();
    return taken;
  };
  requests.offer(ask);
  answers.offer(answer);
  // An end that is here already ends the lane before it begins.
  answers.whenEnded(leave);
  if (!isOver) requests.whenEnded(leave);
  if (!isOver) askHeld();
}

/** The call, if nothing stands against passing its bytes on as they are; null: nothing has happened. */
function begin(link: HttpLink, { upstream, bytes }: { upstream: UpstreamLink; bytes: Buffer }): OpenCall | null {
  const { desk } = link;
  const engagement = desk.engagement();
  if (engagement.uses.length > 0 || usableUpstream(link) !== upstream) return null;
  if (upstream.answers.isHolding() || isBusy(upstream.socket)) return null;
  const read = quickRequestHead(bytes);
  if (read === null || !isWholeRequest(read, bytes.length)) return null;
  const startedMs = desk.nowMs();
  if (!desk.caps.enterIfFree(startedMs)) return null;
  const { head } = read;
  if (head.requestId !== null) desk.callsPerRequest.saw({ id: head.requestId, arm: head.arm });
  desk.nextSequence();
  link.slowCloseMs = 0;
  return { head, engagement, upstream, startedMs };
}

function isWholeRequest({ head, bodyAt }: QuickHead<RequestHead>, length: number): boolean {
  if (head.isChunked || head.saysClose || head.expectsContinue || head.method === 'CONNECT') return false;
  return bodyAt + (head.contentLength ?? 0) === length;
}

/** Null when it ends elsewhere, or with the connection. */
function wholeAnswer(bytes: Buffer, toMethod: string): QuickHead<AnswerHead> | null {
  const read = quickAnswerHead(bytes);
  if (read === null || read.head.status < 200 || read.head.saysClose) return null;
  const body = answerBody(read.head, { toMethod });
  const length = bytes.length - read.bodyAt;
  if (body.isDone) return length === 0 ? read : null;
  return body.follow(bytes.subarray(read.bodyAt)) === length && body.isDone ? read : null;
}

function finish(
  { desk }: HttpLink,
  { open, read, bytes }: { open: OpenCall; read: QuickHead<AnswerHead>; bytes: Buffer },
): void {
  const { head, startedMs } = open;
  const { status } = read.head;
  const tookMs = desk.nowMs() - startedMs;
  desk.counts.upstreamAnswered(tookMs);
  desk.caps.leave();
  desk.counts.ended(status >= 500 ? 'error_status' : 'ok', tookMs);
  if (desk.memory.isOn && status === 200 && head.method === 'GET')
    desk.memory.remember(head.line, bytes, { bodyAt: read.bodyAt });
}
