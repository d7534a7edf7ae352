// What one client connection and its calls are made of, and the one upstream connection that belongs to it.
import type { Socket } from 'node:net';
import type { CallOutcome } from '../counts.ts';
import { type Desk, openUpstream, placeNow, type UpstreamLink } from '../desk.ts';
import type { Engagement } from '../engagement.ts';
import type { Effect } from '../fault.ts';
import type { Inflow } from '../inflow.ts';
import { reset } from '../sockets.ts';
import type { RequestHead } from './head-fields.ts';
import type { RawHead } from './read-head.ts';

export interface HttpLink {
  readonly desk: Desk;
  readonly client: Socket;
  readonly requests: Inflow;
  /** A probe's own connection: under no caps and not counted. */
  readonly isProbe: boolean;
  upstream: UpstreamLink | null;
  /** Reset because its upstream was lost in a failover. */
  isLost: boolean;
  /** Of the last call: how late the caller learns that the upstream has closed. */
  slowCloseMs: number;
}

export interface Ending {
  readonly outcome: CallOutcome;
  /** Whether another request may follow on this connection. */
  readonly goesOn: boolean;
}

/** A call whose request has been passed on. */
export interface AskedCall {
  readonly head: RequestHead;
  readonly engagement: Engagement;
  readonly effect: Effect | null;
}

export interface HttpCall extends AskedCall {
  readonly raw: RawHead;
}

/** The connection that is there, if the next call may use it. */
export function usableUpstream({ upstream, desk }: HttpLink): UpstreamLink | null {
  return upstream && upstream.place === placeNow(desk) && !upstream.answers.hasEnded() ? upstream : null;
}

/** Another upstream connection for the next call, in place of one that ended or led to the other upstream. */
export async function openFor(link: HttpLink): Promise<UpstreamLink | 'refused' | 'unreachable'> {
  const { upstream, desk, client, isProbe } = link;
  upstream?.answers.whenEnded(null);
  upstream?.socket.destroy();
  link.upstream = null;
  const opened = await openUpstream(desk, { client, isFree: isProbe });
  if (typeof opened === 'string') return opened;
  link.upstream = opened;
  if (opened.place === 'upstream') loseInFailover(link, opened);
  return opened;
}

function loseInFailover(link: HttpLink, { socket }: UpstreamLink): void {
  const forget = link.desk.onLost(() => {
    link.isLost = true;
    reset(link.client);
    socket.destroy();
  });
  socket.once('close', forget);
}
