// The reasons of a gate's answer for those who can show only reasons: an override stands first, and says whose act it is.
import type { GateView } from '../pipeline/view-types.ts';

export function reasonsOf({ reasons, override }: Pick<GateView, 'reasons' | 'override'>): readonly string[] {
  if (override == null) return reasons;
  const { by, until, ticket, reason } = override;
  return [`OVERRIDDEN by ${by} until ${new Date(until).toISOString()} (${ticket}): ${reason}`, ...reasons];
}
