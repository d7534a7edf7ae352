// Who hears of a hypothesis that is over its limit: as written, else a ticket for what breaks things on purpose and a page for all else.
import type { ArmRole, Hypothesis, Notify } from '../../model.ts';

/** What nobody wrote and nothing waits for is shown, and wakes nobody. */
export function notifyOf(
  { automatic, required, notify }: Pick<Hypothesis, 'automatic' | 'required' | 'notify'>,
  role: ArmRole | undefined,
): Notify {
  if (automatic && !required) return 'none';
  return notify ?? standardNotify(role);
}

export function standardNotify(role: ArmRole | undefined): Notify {
  return role === 'fault' ? 'ticket' : 'page';
}
