// One client connection of any other protocol, Redis for one: bytes both ways, with what the faults that are on do to the
// whole connection. Faults switched on or removed while it is open act on it from then on.
import type { Socket } from 'node:net';
import { createCounts } from './counts.ts';
import { damage } from './damage.ts';
import { createDelayLine, type DelayLine } from './delay-line.ts';
import { type Desk, openUpstream, type UpstreamLink } from './desk.ts';
import type { Engagement } from './engagement.ts';
import type { Effect } from './fault.ts';
import { createInflow, type Inflow } from './inflow.ts';
import { endGently, isBusy, reset, send, sendNow } from './sockets.ts';
import { createTurns, type Turns } from './turns.ts';

interface TcpLink {
  readonly desk: Desk;
  readonly client: Socket;
  readonly requests: Inflow;
  readonly sequence: number;
  readonly turns: Turns;
  readonly line: DelayLine;
  engagement: Engagement;
  effect: Effect | null;
  forget: () => void;
}

/** Resolves when the connection is over. `client` must allow half-open and have no listeners yet. */
export async function serveTcp(client: Socket, { desk, isProbe }: { desk: Desk; isProbe: boolean }): Promise<void> {
  const requests = createInflow(client);
  const cap = isProbe ? null : desk.caps.enter();
  if (cap !== null) return refuse(desk, client);
  try {
    const upstream = await openUpstream(desk, { client, isFree: isProbe });
    if (upstream === 'refused') return refuse(desk, client);
    if (upstream === 'unreachable') {
      if (!isProbe) desk.counts.ended(requests.isBroken() ? 'abandoned' : 'connect', 0);
      return reset(client);
    }
    client.once('close', () => upstream.socket.destroy());
    await serveOpen(client, { desk: isProbe ? uncounted(desk) : desk, requests, upstream });
  } finally {
    if (!isProbe) desk.caps.leave();
  }
}

/** What a probe does is not the pod's. */
function uncounted(desk: Desk): Desk {
  return { ...desk, counts: createCounts(desk.settings.slo) };
}

function refuse(desk: Desk, client: Socket): void {
  desk.counts.ended('refused', 0);
  reset(client);
}

async function serveOpen(
  client: Socket,
  { desk, requests, upstream }: { desk: Desk; requests: Inflow; upstream: UpstreamLink },
): Promise<void> {
  const link: TcpLink = {
    desk,
    client,
    requests,
    sequence: desk.nextSequence(),
    turns: createTurns(desk),
    line: createDelayLine(client),
    engagement: desk.engagement(),
    effect: null,
    forget: () => undefined,
  };
  engage(link);
  const leaving = leaveOnFailover(link, upstream);
  passQuickly(link, upstream);
  const [isSent, isAnswered] = await Promise.all([passRequests(link, upstream), passAnswers(link, upstream)]);
  link.forget();
  leaving();
  if (!isSent || !isAnswered) {
    reset(client);
    upstream.socket.destroy();
  }
  link.turns.end(isAnswered ? 'abandoned' : 'broken');
}

/** Planned once for each set of faults; when the set ends, what is held goes out and the next set is asked. */
function engage(link: TcpLink): void {
  link.engagement = link.desk.engagement();
  link.effect = link.engagement.plan({ sequence: link.sequence, target: null });
  if (link.effect !== null) link.desk.counts.faulted++;
  link.forget = link.engagement.onEnd(() => {
    link.line.flush();
    if (!link.client.destroyed) engage(link);
  });
  const closeAfterMs = link.effect?.silent?.closeAfterMs ?? null;
  if (closeAfterMs !== null) closeSilent(link, closeAfterMs);
}

function closeSilent({ engagement, client, turns }: TcpLink, delayMs: number): void {
  const wait = engagement.hold(delayMs);
  client.once('close', () => wait.end('gone'));
  void wait.ended.then((how) => {
    if (how !== 'elapsed') return;
    turns.end('silent');
    endGently(client);
  });
}

/** A connection outlives many calls: where it leads is corrected by ending it. */
function leaveOnFailover({ engagement, client, turns, desk }: TcpLink, { place }: UpstreamLink): () => void {
  const cut = (): void => {
    turns.end('reset');
    reset(client);
  };
  // Back to the first upstream, once the faults are removed.
  if (place === 'standby') return engagement.onEnd(cut);
  return desk.onLost(cut);
}

/** While nothing is done to the connection, bytes pass in the sockets' own callbacks. */
function passQuickly(link: TcpLink, { socket, answers }: UpstreamLink): void {
  const { client, requests, turns, line } = link;
  requests.offer((bytes) => {
    if (link.effect !== null || isBusy(socket)) return 'left';
    turns.asked();
    return sendNow(socket, bytes);
  });
  answers.offer((bytes) => {
    if (link.effect !== null || !line.isEmpty() || isBusy(client)) return 'left';
    turns.upstreamAnswered();
    turns.answered();
    return sendNow(client, bytes);
  });
}

async function passRequests(link: TcpLink, { socket }: UpstreamLink): Promise<boolean> {
  for (;;) {
    const bytes = await link.requests.next();
    if (bytes === null) break;
    link.turns.asked();
    if (link.effect?.reset === 'request') return cutShort(link);
    if (!(await send(socket, bytes))) return false;
  }
  if (link.requests.isBroken()) return false;
  // Whoever hangs up on a silent connection is not waited for.
  if (link.effect?.silent) {
    link.turns.end('silent');
    return false;
  }
  socket.end();
  return true;
}

async function passAnswers(link: TcpLink, { answers }: UpstreamLink): Promise<boolean> {
  for (;;) {
    const bytes = await answers.next();
    if (bytes === null) break;
    const { effect, turns } = link;
    if (effect?.reset === 'answer' || effect?.corrupt === 'cut') {
      await send(link.client, bytes.subarray(0, Math.ceil(bytes.length / 2)));
      if (effect.reset === 'answer') return cutShort(link);
      turns.end('reset');
      endGently(link.client);
      return true;
    }
    turns.upstreamAnswered();
    await link.line.push(damaged(bytes, effect), {
      holdMs: effect?.silent ? Number.POSITIVE_INFINITY : (effect?.holdMs ?? 0),
      bytesPerSecond: effect?.bytesPerSecond ?? null,
      whenOut: turns.answered,
    });
  }
  await link.line.drained();
  if (link.effect?.slowCloseMs) await linger(link, link.effect.slowCloseMs);
  if (answers.isBroken()) return false;
  link.client.end();
  return true;
}

function damaged(bytes: Buffer, effect: Effect | null): Buffer {
  const how = effect?.corrupt;
  return how === 'bits' || how === 'digits' ? damage(bytes, how, { spans: [{ from: 0, to: bytes.length }] }) : bytes;
}

function cutShort({ client, turns }: TcpLink): false {
  turns.end('reset');
  reset(client);
  return false;
}

async function linger({ engagement, client }: TcpLink, delayMs: number): Promise<void> {
  const wait = engagement.hold(delayMs);
  client.once('close', () => wait.end('gone'));
  await wait.ended;
}
