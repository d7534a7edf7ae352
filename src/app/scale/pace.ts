// How fast a comparator asks: its part of every budget, by the number of comparators alive. What is over waits in the topic.
import type { Clock } from '../../io/ports.ts';
import type { BlastRadius } from '../../model.ts';
import { type Allowance, newAllowance, spend } from '../../pipeline/allowance.ts';
import type { RunContext } from '../../pipeline/run-context.ts';

export interface Pace {
  setMembers(members: number): void;
  /** Resolves when the budgets allow for this request of these runs. */
  spend(contexts: readonly RunContext[], bytes: number): Promise<void>;
  /** Whether one more request fits the run's budgets now; what it takes is spent. */
  trySpend(context: RunContext, bytes: number): boolean;
  /** Resolves when every arm has room for another call. */
  room(contexts: readonly RunContext[]): Promise<void>;
  onAnswer(): void;
}

const lookAgainMs = 5;

export function createPace(clock: Clock): Pace {
  let members = 1;
  const allowances = new WeakMap<RunContext, Allowance>();
  let waiting: (() => void)[] = [];
  const partOf = (budget: BlastRadius): BlastRadius => ({
    ...budget,
    maxRequestsPerSecond: budget.maxRequestsPerSecond / members,
    maxBytesPerSecond: budget.maxBytesPerSecond / members,
  });
  const allowanceOf = (context: RunContext): Allowance => {
    const known = allowances.get(context);
    if (known !== undefined) return known;
    const made = newAllowance(partOf(context.run.definition.blastRadius), { nowMs: clock.monotonicMs(), spent: 0 });
    allowances.set(context, made);
    return made;
  };
  const isFull = ({ arms, run }: RunContext): boolean => {
    const most = Math.max(1, Math.floor(run.definition.blastRadius.maxInFlightPerArm / members));
    return run.endedAt === null && arms.some(({ inFlight }) => inFlight >= most);
  };
  return {
    setMembers: (alive) => {
      members = Math.max(1, alive);
    },
    spend: async (contexts, bytes) => {
      for (const context of contexts) {
        const budget = partOf(context.run.definition.blastRadius);
        const allowance = allowanceOf(context);
        while (context.run.endedAt === null && !spend(allowance, { budget, bytes, nowMs: clock.monotonicMs() })) {
          await new Promise<void>((resume) => clock.after(lookAgainMs, resume));
        }
      }
    },
    trySpend: (context, bytes) => {
      const budget = partOf(context.run.definition.blastRadius);
      if (isFull(context)) return false;
      return spend(allowanceOf(context), { budget, bytes, nowMs: clock.monotonicMs() });
    },
    room: async (contexts) => {
      while (contexts.some(isFull)) await new Promise<void>((resume) => waiting.push(resume));
    },
    onAnswer: () => {
      const all = waiting;
      waiting = [];
      for (const resume of all) resume();
    },
  };
}
