// One client connection that speaks HTTP/1.1: its requests one after the other, each with what the faults that are on do to
// it. Pipelined requests wait their turn. One upstream connection at most belongs to it; bytes pass as they came.
import type { Socket } from 'node:net';
import type { Desk } from '../desk.ts';
import { createInflow } from '../inflow.ts';
import { endGently, reset } from '../sockets.ts';
import { askUpstream, finishCall } from './ask-upstream.ts';
import { readRequestHead } from './head.ts';
import type { RequestHead } from './head-fields.ts';
import type { Ending, HttpCall, HttpLink } from './link.ts';
import { answerHere, discardBody, refusal } from './local-answers.ts';
import { goQuickly } from './quick.ts';
import { type RawHead, readHead } from './read-head.ts';

/** Resolves when the connection is over. `client` must allow half-open and have no listeners yet. */
export async function serveHttp(
  client: Socket,
  { desk, isProbe }: { desk: Desk; isProbe: boolean },
): Promise<HttpLink> {
  const link: HttpLink = {
    desk,
    client,
    requests: createInflow(client),
    isProbe,
    upstream: null,
    isLost: false,
    slowCloseMs: 0,
  };
  client.once('close', () => link.upstream?.socket.destroy());
  let goesOn = true;
  while (goesOn) {
    const open = await goQuickly(link);
    if (open !== null) {
      goesOn = counted(link, { ending: await finishCall(link, open), startedMs: open.startedMs });
      continue;
    }
    watchIdle(link);
    const raw = await readHead(link.requests);
    link.upstream?.answers.whenEnded(null);
    goesOn = raw !== 'end' && (await serveCall(link, raw));
  }
  await leave(link);
  return link;
}

/** While no call is under way, the upstream's end is passed on. */
function watchIdle(link: HttpLink): void {
  const { upstream, client, requests } = link;
  upstream?.answers.whenEnded(() => {
    if (requests.hasEnded()) return;
    void closeLate(link).then(() => endGently(client));
  });
}

async function serveCall(link: HttpLink, raw: RawHead | 'bad'): Promise<boolean> {
  const { desk } = link;
  const startedMs = desk.nowMs();
  const head = raw === 'bad' ? null : readRequestHead(raw.text);
  const ending =
    raw === 'bad' || head === null || head.method === 'CONNECT'
      ? await refuse(link)
      : await callFor(link, { raw, head });
  return counted(link, { ending, startedMs });
}

/** Whether another call may follow. */
function counted({ desk, isProbe }: HttpLink, { ending, startedMs }: { ending: Ending; startedMs: number }): boolean {
  if (!isProbe) desk.counts.ended(ending.outcome, desk.nowMs() - startedMs);
  return ending.goesOn;
}

async function refuse({ client }: HttpLink): Promise<Ending> {
  await answerHere(client, { status: 400, body: refusal('REQUEST_INVALID', 'not an HTTP/1.1 request'), isLast: true });
  return { outcome: 'unreadable', goesOn: false };
}

function callFor(link: HttpLink, { raw, head }: { raw: RawHead; head: RequestHead }): Promise<Ending> {
  const { desk, isProbe } = link;
  const engagement = desk.engagement();
  if (head.requestId !== null && !isProbe) desk.callsPerRequest.saw({ id: head.requestId, arm: head.arm });
  const effect = engagement.plan({ sequence: desk.nextSequence(), target: head.target });
  if (effect !== null && !isProbe) desk.counts.faulted++;
  link.slowCloseMs = effect?.slowCloseMs ?? 0;
  const call = { raw, head, engagement, effect };
  return effect === null ? askUpstream(link, call) : act(link, call);
}

async function act(link: HttpLink, call: HttpCall): Promise<Ending> {
  const { effect } = call;
  // This very call was the one at which the upstream was lost.
  if (link.isLost) return { outcome: 'reset', goesOn: false };
  if (effect?.holdMs) {
    const how = await hold(link, { call, delayMs: effect.holdMs, isForGood: false });
    if (how === 'gone') return { outcome: 'abandoned', goesOn: false };
    // The faults were removed meanwhile: nothing of them is left for this call.
    if (how === 'released') return askUpstream(link, { ...call, effect: null });
  }
  if (effect?.silent) {
    const how = await hold(link, { call, delayMs: effect.silent.closeAfterMs, isForGood: true });
    if (how === 'released') return askUpstream(link, { ...call, effect: null });
    return { outcome: 'silent', goesOn: false };
  }
  if (effect?.reset === 'request') {
    reset(link.client);
    return { outcome: 'reset', goesOn: false };
  }
  if (effect?.answer) return answerInstead(link, { call, answer: effect.answer });
  return askUpstream(link, call);
}

/** `isForGood`: also a caller that only stops sending is not waited for any more. */
async function hold(
  { requests }: HttpLink,
  { call, delayMs, isForGood }: { call: HttpCall; delayMs: number | null; isForGood: boolean },
) {
  const wait = call.engagement.hold(delayMs);
  requests.whenEnded(() => {
    if (isForGood || requests.isBroken()) wait.end('gone');
  });
  const how = await wait.ended;
  requests.whenEnded(null);
  return how;
}

async function answerInstead(
  link: HttpLink,
  { call, answer }: { call: HttpCall; answer: { status: number; body: string } },
): Promise<Ending> {
  const { head } = call;
  const isLast = head.saysClose || head.expectsContinue;
  if (!head.expectsContinue && !(await discardBody(link.requests, head)))
    return { outcome: 'abandoned', goesOn: false };
  await answerHere(link.client, { ...answer, isLast, toMethod: head.method });
  return { outcome: answer.status >= 500 ? 'error_status' : 'ok', goesOn: !isLast };
}

async function closeLate({ desk, client, slowCloseMs }: HttpLink): Promise<void> {
  if (slowCloseMs === 0 || client.destroyed) return;
  const wait = desk.engagement().hold(slowCloseMs);
  const gone = (): void => wait.end('gone');
  client.once('close', gone);
  await wait.ended;
  client.off('close', gone);
}

/** The last answer is out, or nobody is there to read one. */
async function leave(link: HttpLink): Promise<void> {
  const { client, upstream } = link;
  upstream?.answers.whenEnded(null);
  if (upstream && !upstream.socket.destroyed) endGently(upstream.socket);
  await closeLate(link);
  endGently(client);
}
