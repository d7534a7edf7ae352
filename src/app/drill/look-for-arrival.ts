// Asks the receiver of the config whether the drill's alert has arrived there, now and then, never twice at a time.
import { messageOf } from '../../errors.ts';
import { isAtAlertmanager, type Sought } from '../../io/alertmanager.ts';
import type { Clock, Log } from '../../io/ports.ts';

/** Calls back when it was seen there. Call it as often as you like. */
export type LookForArrival = (sought: Sought, onSeen: (where: string) => void) => void;

const everyMs = 500;

export function createLookForArrival(
  receiver: string | null,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): LookForArrival {
  if (receiver === null) return () => {};
  const where = new URL(receiver).host;
  let isLooking = false;
  let lastMs = Number.NEGATIVE_INFINITY;
  return (sought, onSeen) => {
    if (isLooking || clock.monotonicMs() - lastMs < everyMs) return;
    isLooking = true;
    lastMs = clock.monotonicMs();
    isAtAlertmanager(receiver, sought)
      .then((isThere) => (isThere ? onSeen(where) : undefined))
      .catch((thrown: unknown) =>
        log.warn({ where, problem: messageOf(thrown) }, 'the drill could not ask its receiver'),
      )
      .finally(() => {
        isLooking = false;
      });
  };
}
