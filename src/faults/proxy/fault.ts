// What a fault of the proxy is: a pure answer to "what is done to this call". The proxy does it; a kind never sees a socket.
// On HTTP a call is one request; on TCP it is one connection.
import type { TObject } from 'typebox';
import type { Kind } from '../../core/kind.ts';
import type { Random } from '../../core/random.ts';

export type ProxyProtocol = 'http' | 'tcp';

export interface FaultedCall {
  /** Since the faults were switched on. */
  readonly sinceOnMs: number;
  /** Which call it is since the faults were switched on, from 1; calls that the share left out count too. */
  readonly ordinal: number;
  readonly random: Random;
}

/** Everything that can be done to one call; absent: not done. */
export interface Effect {
  /** HTTP: the request is held back this long before the upstream is asked; TCP: every piece of an answer is. */
  readonly holdMs?: number;
  /** No answer, until the caller leaves, this much time is over (null: never) or the faults are removed. */
  readonly silent?: { readonly closeAfterMs: number | null };
  readonly reset?: 'request' | 'answer';
  readonly bytesPerSecond?: number;
  readonly slowCloseMs?: number;
  /** Answered here; the upstream is not asked. */
  readonly answer?: { readonly status: number; readonly body: string };
  /** Replaced by the answer that the same request got this long ago. */
  readonly staleMs?: number;
  readonly corrupt?: 'bits' | 'digits' | 'cut';
  /** Asked of the second upstream. */
  readonly isFailedOver?: boolean;
}

export interface Failover {
  /** Null: not by time. */
  readonly afterMs: number | null;
  /** Null: not by count. */
  readonly atCall: number | null;
  /** What becomes of connections to the upstream that is lost. */
  readonly inFlight: 'reset' | 'drain';
}

export interface ProxyFault {
  /** Null where it leaves the call alone. Called once for each call that the share selected. */
  effectOn(call: FaultedCall): Effect | null;
  /** Only of the fault that loses an upstream. */
  readonly failover?: Failover;
}

/** `mainOption` is the option that the kind's own key carries: `{latency: 800ms}` is `{delayMs: 800}`. */
export interface ProxyFaultKind<Options extends TObject> extends Kind<Options, ProxyFault> {
  readonly mainOption: string;
  readonly protocols: readonly ProxyProtocol[];
}
