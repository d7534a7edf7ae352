// What every connection of one proxy shares, and how a connection to the upstream is opened: under the caps, and to the
// upstream that is meant at the moment.
import { connect, type Socket } from 'node:net';
import type { CallsPerRequest } from './calls-per-request.ts';
import type { Caps } from './caps.ts';
import type { Counts } from './counts.ts';
import type { Engagement } from './engagement.ts';
import { createInflow, type Inflow } from './inflow.ts';
import type { Memory } from './memory.ts';
import { createReader, type Reader } from './reader.ts';
import type { FaultProxySettings, HostPort } from './settings.ts';

export interface Desk {
  readonly settings: FaultProxySettings;
  readonly caps: Caps;
  readonly counts: Counts;
  readonly callsPerRequest: CallsPerRequest;
  readonly memory: Memory;
  /** The faults that are on now; without any, one that does nothing. */
  engagement(): Engagement;
  /** Runs when the first upstream is lost and its connections are to be reset. Returns how to forget it. */
  onLost(run: () => void): () => void;
  /** Number of the next call, from 1. */
  nextSequence(): number;
  nowMs(): number;
}

export type Place = 'upstream' | 'standby';

export interface UpstreamLink {
  readonly socket: Socket;
  readonly answers: Inflow;
  readonly place: Place;
}

const connectTimeoutMs = 30_000;

export function placeNow(desk: Desk): Place {
  return desk.engagement().isFailedOver() ? 'standby' : 'upstream';
}

/** Frees its place under the cap when the socket closes. `isFree`: a probe's own, under no cap. */
export async function openUpstream(
  desk: Desk,
  { client, isFree }: { client: Socket; isFree: boolean },
): Promise<UpstreamLink | 'refused' | 'unreachable'> {
  if (!isFree && !desk.caps.connect()) return 'refused';
  const place = placeNow(desk);
  const { upstream, standby } = desk.settings;
  const reader = createReader();
  const socket = dial(place === 'standby' && standby ? standby : upstream, reader);
  const abandon = (): void => void socket.destroy();
  client.once('close', abandon);
  socket.once('close', () => {
    client.off('close', abandon);
    if (!isFree) desk.caps.disconnect();
  });
  const answers = createInflow(socket, reader);
  return (await isConnected(socket)) ? { socket, answers, place } : 'unreachable';
}

function dial({ host, port }: HostPort, { onread }: Reader): Socket {
  return connect({ host, port, noDelay: true, allowHalfOpen: true, onread });
}

function isConnected(socket: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => socket.destroy(), connectTimeoutMs);
    const settle = (isOpen: boolean): void => {
      clearTimeout(timer);
      resolve(isOpen);
    };
    socket.once('connect', () => settle(true));
    socket.once('close', () => settle(false));
  });
}
