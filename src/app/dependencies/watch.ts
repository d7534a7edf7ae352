// What the comparator knows of one dependency's proxy: asked twice a second what it is doing and whom it was called for. Whoever
// relies on its faults sees here that they are on, and metrics show the dependency's own promise.
import { messageOf } from '../../errors.ts';
import type { ProxyState } from '../../faults/proxy/state.ts';
import type { Clock } from '../../io/ports.ts';
import { type CallCounts, createCallCounts } from './call-counts.ts';
import type { DependencyControl } from './control.ts';
import { createPromiseWindow } from './promise.ts';

export interface DependencyWatch {
  readonly control: DependencyControl;
  readonly calls: CallCounts;
  /** The latest answer, with the number of the question; null before the first. */
  latest(): { readonly state: ProxyState; readonly question: number } | null;
  /** Of the question that was asked last, from 1: what a later one answers is newer than now. */
  question(): number;
  /** Since when it has not answered; null while it does. */
  failing(): { readonly sinceMs: number; readonly why: string } | null;
  /** Whether the latest minute was as the dependency promises; null where that is unknown or nothing is promised. */
  isPromiseKept(): boolean | null;
  /** Asks once; never rejects. */
  look(): Promise<void>;
  start(): void;
  stop(): void;
}

const everyMs = 500;

export function createDependencyWatch(control: DependencyControl, { clock }: { clock: Clock }): DependencyWatch {
  const calls = createCallCounts();
  const promise = createPromiseWindow();
  let latest: { state: ProxyState; question: number } | null = null;
  let failing: { sinceMs: number; why: string } | null = null;
  let asked = 0;
  let seq = 0;
  let incarnation: number | null = null;
  let isStopped = false;
  const readCalls = async (): Promise<void> => {
    if (control.protocol === 'tcp') return;
    const askedAt = clock.nowMs();
    const page = await control.callsSince(seq);
    seq = page.seq;
    calls.take(page, { askedAt });
  };
  const look = async (): Promise<void> => {
    if (control.incarnation() !== incarnation) {
      incarnation = control.incarnation();
      seq = 0;
      calls.lose();
    }
    const question = ++asked;
    try {
      latest = { state: await control.state(), question };
      promise.note(latest.state, clock.monotonicMs());
      await readCalls();
      failing = null;
    } catch (thrown) {
      // One that runs elsewhere may have been started anew: its calls begin at 1 again.
      seq = 0;
      calls.lose();
      failing = { sinceMs: failing?.sinceMs ?? clock.monotonicMs(), why: messageOf(thrown) };
    }
  };
  const goOn = async (): Promise<void> => {
    if (isStopped) return;
    await look();
    clock.after(everyMs, () => void goOn());
  };
  return {
    control,
    calls,
    latest: () => latest,
    question: () => asked,
    failing: () => failing,
    isPromiseKept: promise.isKept,
    look,
    start: () => void goOn(),
    stop: () => {
      isStopped = true;
    },
  };
}
