// One request to the upstream and its answer back, byte for byte unless a fault damages it. Request and answer flow at the
// same time, so that early answers, 100-continue and upgrades work as without the proxy.

import type { UpstreamLink } from '../desk.ts';
import { maxRememberedBytes } from '../memory.ts';
import { endGently, pump, reset, send } from '../sockets.ts';
import { type AnswerWriter, createAnswerWriter, type Written } from './answer-writer.ts';
import { answerBody, type Body, requestBody } from './body.ts';
import { readAnswerHead } from './head.ts';
import type { AnswerHead } from './head-fields.ts';
import { type AskedCall, type Ending, type HttpCall, type HttpLink, openFor, usableUpstream } from './link.ts';
import { answerHere, discardBody, refusal } from './local-answers.ts';
import type { OpenCall } from './quick.ts';
import { readHead } from './read-head.ts';

export async function askUpstream(link: HttpLink, call: HttpCall): Promise<Ending> {
  const { desk, isProbe, client } = link;
  const cap = isProbe ? null : desk.caps.enter();
  if (cap !== null) return refuseOver(link, { call, cap });
  try {
    const upstream = usableUpstream(link) ?? (await openFor(link));
    if (upstream === 'refused') return await refuseOver(link, { call, cap: 'connections' });
    if (upstream === 'unreachable') {
      const outcome = link.requests.isBroken() ? 'abandoned' : 'connect';
      // What the caller would see without the proxy, as near as can be once it is connected.
      reset(client);
      return { outcome, goesOn: false };
    }
    return await exchange(link, { call, upstream });
  } finally {
    if (!isProbe) desk.caps.leave();
  }
}

async function refuseOver(link: HttpLink, { call, cap }: { call: HttpCall; cap: string }): Promise<Ending> {
  const { head } = call;
  const isLast = head.saysClose || head.expectsContinue;
  if (!head.expectsContinue && !(await discardBody(link.requests, head))) return { outcome: 'refused', goesOn: false };
  await answerHere(link.client, {
    status: 503,
    body: refusal('OVERLOADED', `the fault proxy's ${cap} cap is reached: the upstream was not asked`),
    headers: ['retry-after: 1', `x-penumbra-refused: ${cap}`],
    isLast,
    toMethod: head.method,
  });
  return { outcome: 'refused', goesOn: !isLast };
}

interface Exchange {
  readonly call: HttpCall;
  readonly upstream: UpstreamLink;
}

async function exchange(link: HttpLink, { call, upstream }: Exchange): Promise<Ending> {
  const askedMs = link.desk.nowMs();
  const sent = sendRequest(link, { call, upstream });
  return answerOf(link, { call, upstream, askedMs, sent });
}

/** A call that the upstream was asked on the short way, from its answer on. */
export async function finishCall(link: HttpLink, open: OpenCall): Promise<Ending> {
  const { head, engagement, upstream, startedMs } = open;
  const call = { head, engagement, effect: null };
  passEnd(link, upstream);
  try {
    return await answerOf(link, { call, upstream, askedMs: startedMs, sent: true });
  } finally {
    link.desk.caps.leave();
  }
}

interface Asked {
  readonly call: AskedCall;
  readonly upstream: UpstreamLink;
  readonly askedMs: number;
  readonly sent: Promise<boolean> | boolean;
}

async function answerOf(link: HttpLink, { call, upstream, askedMs, sent }: Asked): Promise<Ending> {
  const { desk, requests, client } = link;
  const ending = await relayAnswer(link, { call, upstream });
  if (!link.isProbe && (ending.outcome === 'ok' || ending.outcome === 'error_status'))
    desk.counts.upstreamAnswered(desk.nowMs() - askedMs);
  if (ending.outcome === 'broken') {
    upstream.socket.destroy();
    reset(client);
    if (link.isLost) return { outcome: 'reset', goesOn: false };
    return requests.isBroken() ? { outcome: 'abandoned', goesOn: false } : ending;
  }
  if (!ending.goesOn) return ending;
  const isSent = await sent;
  requests.whenEnded(null);
  return { ...ending, goesOn: isSent };
}

async function sendRequest(link: HttpLink, { call, upstream }: Exchange): Promise<boolean> {
  const { requests } = link;
  const { socket } = upstream;
  const body = requestBody(call.head);
  // Head and what is here of the body leave together.
  if (!body.isDone) socket.cork();
  const isHeadOut = send(socket, call.raw.bytes);
  if (!body.isDone) process.nextTick(() => socket.uncork());
  if (!(await isHeadOut)) return false;
  while (!body.isDone) {
    const bytes = await requests.next();
    const used = bytes === null ? -1 : body.follow(bytes);
    if (bytes === null || used < 0) {
      // Half a request must not look whole to the upstream.
      reset(socket);
      return false;
    }
    requests.unread(bytes.subarray(used));
    if (!(await send(socket, bytes.subarray(0, used)))) return false;
  }
  passEnd(link, upstream);
  return true;
}

/** A caller that has finished sending is passed on as such. */
function passEnd({ requests }: HttpLink, { socket }: UpstreamLink): void {
  requests.whenEnded(() => {
    if (requests.hasEnded() && !requests.isBroken()) socket.end();
  });
}

async function relayAnswer(link: HttpLink, { call, upstream }: Pick<Asked, 'call' | 'upstream'>): Promise<Ending> {
  const broken: Ending = { outcome: 'broken', goesOn: false };
  for (;;) {
    const raw = await readHead(upstream.answers);
    const head = typeof raw === 'string' ? null : readAnswerHead(raw.text);
    if (typeof raw === 'string' || head === null) return broken;
    if (head.status === 101) {
      if (!(await send(link.client, raw.bytes))) return broken;
      return tunnel(link, upstream);
    }
    if (head.status >= 200) return relayFinal(link, { call, upstream, raw: raw.bytes, head });
    if (!(await send(link.client, raw.bytes))) return broken;
  }
}

async function tunnel({ client, requests, desk }: HttpLink, { socket, answers }: UpstreamLink): Promise<Ending> {
  desk.counts.tunnels++;
  requests.whenEnded(null);
  const [isSent, isAnswered] = await Promise.all([pump(requests, socket), pump(answers, client)]);
  return { outcome: isSent && isAnswered ? 'ok' : 'broken', goesOn: false };
}

interface FinalAnswer {
  readonly call: AskedCall;
  readonly upstream: UpstreamLink;
  readonly raw: Buffer;
  readonly head: AnswerHead;
}

async function relayFinal(link: HttpLink, { call, upstream, raw, head }: FinalAnswer): Promise<Ending> {
  const { desk, client } = link;
  const { effect, engagement } = call;
  const body = answerBody(head, { toMethod: call.head.method });
  const isKept = desk.memory.isOn && call.head.method === 'GET' && head.status === 200 && !link.isProbe;
  const earlier = isKept && effect?.staleMs !== undefined ? desk.memory.recall(call.head.line, effect.staleMs) : null;
  if (effect?.staleMs !== undefined && earlier === null) engagement.leftAlone('stale');
  const kept = isKept ? createKept(raw) : null;
  const writer = earlier === null ? createAnswerWriter({ client, effect, engagement }) : mute;
  const written = await relayBody({ upstream, raw, body, writer, kept });
  const answer = written === 'ok' ? kept?.whole() : null;
  if (answer) desk.memory.remember(call.head.line, answer, { bodyAt: raw.length });
  if (written === 'ok' && earlier !== null && !(await send(client, earlier)))
    return { outcome: 'abandoned', goesOn: false };
  return endingOf(written, { head, body, call, client });
}

function endingOf(
  written: Written | 'broken',
  { head, body, call, client }: { head: AnswerHead; body: Body; call: AskedCall; client: HttpLink['client'] },
): Ending {
  if (written === 'broken') return { outcome: 'broken', goesOn: false };
  if (written === 'gone') return { outcome: 'abandoned', goesOn: false };
  if (written === 'reset') return { outcome: 'reset', goesOn: false };
  if (written === 'cut') {
    endGently(client);
    return { outcome: 'reset', goesOn: false };
  }
  const goesOn = !head.saysClose && !body.isUntilClose && !call.head.saysClose;
  return { outcome: head.status >= 500 ? 'error_status' : 'ok', goesOn };
}

interface BodyRelay {
  readonly upstream: UpstreamLink;
  readonly raw: Buffer;
  readonly body: Body;
  readonly writer: AnswerWriter;
  readonly kept: Kept | null;
}

async function relayBody({ upstream, raw, body, writer, kept }: BodyRelay): Promise<Written | 'broken'> {
  const { answers } = upstream;
  let bytes = body.isDone ? null : answers.here();
  const heading = writer.head(raw, { isFollowed: bytes !== null });
  const headWritten = typeof heading === 'string' ? heading : await heading;
  if (headWritten !== 'ok') return headWritten;
  while (!body.isDone) {
    bytes ??= await answers.next();
    if (bytes === null) return body.isUntilClose && !answers.isBroken() ? 'ok' : 'broken';
    const used = body.follow(bytes);
    if (used < 0) return 'broken';
    const own = used === bytes.length ? bytes : bytes.subarray(0, used);
    answers.unread(bytes.subarray(used));
    kept?.add(own);
    const writing = writer.body(own, body.data);
    const written = typeof writing === 'string' ? writing : await writing;
    if (written !== 'ok') return written;
    bytes = null;
  }
  return 'ok';
}

/** Swallows an answer that an earlier one stands in for. */
const mute: AnswerWriter = { head: () => 'ok', body: () => 'ok' };

interface Kept {
  add(bytes: Buffer): void;
  /** Null when it is too long. */
  whole(): Buffer | null;
}

function createKept(head: Buffer): Kept {
  const pieces = [head];
  let length = head.length;
  return {
    add: (bytes) => {
      length += bytes.length;
      if (length <= maxRememberedBytes) pieces.push(bytes);
    },
    whole: () => (length <= maxRememberedBytes ? Buffer.concat(pieces) : null),
  };
}
