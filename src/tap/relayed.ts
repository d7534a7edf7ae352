// A pair of connections, client and upstream, as the relay server sees it: whichever way their bytes are passed on.
import type { Observer } from './observer.ts';

export interface Relayed {
  /** When the upstream was asked to accept, on the monotonic clock; null once it has. */
  connectingSinceMs(): number | null;
  readonly observer: Observer;
  /** Nothing waits to be written to either side. */
  isQuiet(): boolean;
  /** Says goodbye to both sides; what still comes is refused with a reset. */
  end(): void;
  /** Cuts both sides with RST. */
  cut(): void;
  /** Notices peers that have vanished without a word. */
  keepAlive(): void;
}

export interface RelayOptions {
  readonly upstream: UpstreamAddress;
  readonly observer: Observer;
  /** The upstream could not be reached. */
  readonly unreachable: () => void;
  /** Both sides are closed; called once. */
  readonly gone: () => void;
}

export interface UpstreamAddress {
  readonly host: string;
  readonly port: number;
}

/** A peer that does not answer probes is gone; the first probe comes after this much silence. */
export const keepAliveAfterSeconds = 60;
