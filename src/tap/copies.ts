// What becomes of every sampled exchange: handed to the link or lost with a reason. Both take a serial number, so that the
// comparator can tell from a gap how many it never saw.
import { type Budget, giveBytes } from './budget.ts';
import type { Counters, LossReason } from './counters.ts';
import { encodeFrameStart, linkProtocol } from './frame.ts';
import { createLink, type Link } from './link.ts';
import type { MessageCopy } from './message-copy.ts';

const statusEveryMs = 1000;

/** A whole exchange, ready to go. Its bytes are still held by the budget. */
export interface ExchangeCopy {
  readonly connection: number;
  readonly sequence: number;
  readonly arrivedAt: number;
  readonly latencyMs: number;
  readonly request: MessageCopy;
  readonly answer: MessageCopy;
}

export interface Copies {
  /** Whether copying is worth beginning: false while no comparator is there. */
  isOpen(): boolean;
  /** Takes over the copy and its bytes in the budget. */
  take(copy: ExchangeCopy): void;
  lose(reason: LossReason): void;
  /** Sends what is queued and a last status, for at most `flushMs`. */
  close(flushMs: number): Promise<void>;
}

interface CopiesState {
  readonly epoch: string;
  readonly budget: Budget;
  readonly counters: Counters;
  serial: number;
  isStatusQueued: boolean;
}

export interface CopiesOptions {
  readonly epoch: string;
  readonly linkPath: string;
  readonly budget: Budget;
  readonly counters: Counters;
}

export function createCopies({ epoch, linkPath, budget, counters }: CopiesOptions): Copies {
  const state: CopiesState = { epoch, budget, counters, serial: 0, isStatusQueued: false };
  const link = createLink({ path: linkPath, hello: () => Buffer.concat([helloFrame(state), statusFrame(state)]) });
  const timer = setInterval(() => sendStatus(state, link), statusEveryMs);
  timer.unref();
  return {
    isOpen: () => link.isUp(),
    take: (copy) => take(state, link, copy),
    lose: (reason) => lose(state, reason),
    close: (flushMs) => {
      clearInterval(timer);
      sendStatus(state, link);
      return link.close(flushMs);
    },
  };
}

function take(state: CopiesState, link: Link, copy: ExchangeCopy): void {
  const held = copy.request.held.length + copy.answer.held.length;
  const serial = ++state.serial;
  const lost = (reason: LossReason): void => {
    giveBytes(state.budget, held);
    state.counters.lost[reason]++;
  };
  const isQueued = link.send(partsOf(state, copy, serial), (isSent) => {
    if (!isSent) {
      lost('link_broken');
      return;
    }
    giveBytes(state.budget, held);
    state.counters.copied++;
  });
  if (!isQueued) lost(link.isUp() ? 'queue_full' : 'no_link');
}

function partsOf({ epoch }: CopiesState, copy: ExchangeCopy, serial: number): Buffer[] {
  const { request, answer, connection, sequence, arrivedAt } = copy;
  const latencyMs = Math.round(copy.latencyMs * 1000) / 1000;
  const requestBytes = request.bytes;
  const answerBytes = answer.bytes;
  const header = { epoch, connection, sequence, serial, arrivedAt, latencyMs, requestBytes, answerBytes };
  return [
    encodeFrameStart({ type: 'exchange', ...header }, requestBytes + answerBytes),
    request.held.subarray(0, requestBytes),
    answer.held.subarray(0, answerBytes),
  ];
}

function lose(state: CopiesState, reason: LossReason): void {
  state.serial++;
  state.counters.lost[reason]++;
}

/** At most one status waits in the queue: a link that is stuck needs no second. */
function sendStatus(state: CopiesState, link: Link): void {
  if (state.isStatusQueued || !link.isUp()) return;
  state.isStatusQueued = link.send([statusFrame(state)], () => {
    state.isStatusQueued = false;
  });
}

function helloFrame({ epoch, serial }: CopiesState): Buffer {
  return encodeFrameStart({ type: 'hello', protocol: linkProtocol, epoch, serial });
}

function statusFrame({ epoch, serial, counters }: CopiesState): Buffer {
  return encodeFrameStart({ type: 'status', epoch, serial, ...counters });
}
