// Which comparators are alive, and what they say of the arms before a run scores.
import type { Clock } from '../../io/ports.ts';
import type { RunContext } from '../../pipeline/run-context.ts';
import type { Presence } from '../../pipeline/scale/messages.ts';

export interface Members {
  hear(presence: Presence, active: readonly RunContext[]): void;
  alive(): number;
}

const silentMs = 3500;

export function createMembers({ clock }: { readonly clock: Clock }): Members {
  const heard = new Map<string, number>();
  const told = new Set<string>();
  return {
    hear: ({ member, ready }, active) => {
      heard.set(member, clock.monotonicMs());
      for (const { run: id, arms } of ready) {
        const context = active.find(({ run }) => run.id === id);
        if (context === undefined || told.has(`${member} ${id}`)) continue;
        told.add(`${member} ${id}`);
        // One that has warmed its arms up is enough to begin with; the others hold their partitions until they have.
        context.warmUp.sent = Math.max(context.warmUp.sent, context.run.definition.warmUpRequests);
        for (const { arm, version, warmUpOk, warmUpFailed } of arms) {
          const own = context.arms.find((one) => one.arm.name === arm);
          if (own === undefined) continue;
          own.version ??= version;
          own.tally.warmUpOk += warmUpOk;
          own.tally.warmUpFailed += warmUpFailed;
        }
      }
    },
    alive: () => {
      const sinceMs = clock.monotonicMs() - silentMs;
      for (const [member, heardMs] of heard) if (heardMs < sinceMs) heard.delete(member);
      return Math.max(1, heard.size);
    },
  };
}
