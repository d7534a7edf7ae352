// What every fault is: pure answers about one request (does the fault act on it, how long does it hold it back, what does it do to its
// bytes or rows). Faults never touch a socket: dispatch sleeps, a shadow's target sends. That keeps them off production's path by
// construction.
import type { TObject } from 'typebox';
import type { Kind } from '../core/kind.ts';
import type { ModelRequest, PodHooks, TransportFault } from '../model.ts';
import type { StrikePlan } from './process/strikes.ts';

export interface FaultContext {
  readonly armName: string;
  /** The experiment's seed. */
  readonly seed: string;
  readonly requestId: string;
  readonly request: ModelRequest;
  /** When the request reached production, milliseconds since the epoch; what goes by the clock needs it. */
  readonly arrivedAt?: number;
}

export interface Fault {
  /** True where dispatch must do it; false for a fault that is declared here and injected elsewhere. */
  readonly injectedHere: boolean;
  /** Null when it cannot be known from the request. */
  acts(context: FaultContext): boolean | null;
  /** How long dispatch holds this request back; 0 where the fault does not act or is injected elsewhere. */
  delayMs(context: FaultContext): number;
  /** What happens to the bytes on their way; null where it does not act. */
  transport?(context: FaultContext): TransportFault | null;
  /** The request with rows lost; the same one where it does not act. */
  change?(request: ModelRequest, context: FaultContext): ModelRequest;
  /** Whether the arm's other version is asked; with the faults off too, so that both are warm. */
  toOther?(context: FaultContext, options: { readonly isOn: boolean }): boolean;
  /** Of a fault of the arm's process: what is done to it, and when. It is done beside the requests. */
  readonly strikes?: StrikePlan;
}

/** `mainOption` is the option that the kind's own key carries in a config: `{delay: 300ms}` is `{delayMs: 300}`. */
export interface FaultKind<Options extends TObject> extends Kind<Options, Fault> {
  readonly mainOption: string;
  /** True where only bytes on a network can suffer it: a model in process has none. */
  readonly needsTransport?: true;
  /** Of a fault of the arm's process: which hooks do it where the arm is no command. */
  readonly needsHooks?: readonly (keyof PodHooks)[];
}
