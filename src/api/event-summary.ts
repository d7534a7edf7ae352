// What the page is told without asking: the state of every experiment's latest run, of the watches, of the kill switch. Small, and
// it changes with everything the page shows, so that the page knows what to ask for anew.
import { PenumbraError } from '../errors.ts';
import type { KillState, RunState } from '../model.ts';
import type { HypothesisView, RunView } from '../pipeline/view-types.ts';
import type { Comparator } from './comparator.ts';

export interface EventSummary {
  readonly service: string;
  readonly version: string;
  readonly undeliveredAlerts: number;
  readonly killed: KillState | null;
  readonly experiments: readonly ExperimentSummary[];
  /** How many watches have each status; `seen` changes with every closed bucket. */
  readonly watches: { readonly statuses: Readonly<Record<string, number>>; readonly seen: number };
  readonly chaos: { readonly id: string; readonly state: string; readonly done: number; readonly of: number } | null;
}

export interface ExperimentSummary {
  readonly name: string;
  readonly gate: boolean;
  readonly nextAt: number | null;
  /** Its active run, else its latest. */
  readonly run: RunSummary | null;
}

export interface RunSummary {
  readonly id: string;
  readonly state: RunState;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly received: number;
  readonly compared: number;
  readonly dropped: number;
  /** Of some arm penumbra lost more than a gate bears. */
  readonly losesTooMuch: boolean;
  /** Of what the config expects and the gate needs, how many claims have each verdict. */
  readonly verdicts: Readonly<Record<string, number>>;
}

export function createSummary(comparator: Comparator): () => EventSummary {
  /** What ended does not change: it is read once. */
  const ended = new Map<string, RunSummary>();
  const runOf = (id: string): RunSummary => {
    const known = ended.get(id);
    if (known !== undefined) return known;
    const run = summarizeRun(comparator.run(id));
    if (run.endedAt !== null) ended.set(id, run);
    return run;
  };
  return () => {
    const { service, version, undeliveredAlerts } = comparator.health();
    const experiments = comparator.experiments().map(({ name, gate, activeRun, latestRun, schedule }) => {
      const id = activeRun ?? latestRun;
      return { name, gate, nextAt: schedule?.nextAt ?? null, run: id === null ? null : runOf(id) };
    });
    const shown = new Set(experiments.map(({ run }) => run?.id));
    for (const id of ended.keys()) if (!shown.has(id)) ended.delete(id);
    const { watches } = comparator.watches();
    return {
      service,
      version,
      undeliveredAlerts,
      killed: comparator.killed(),
      experiments,
      watches: {
        statuses: countBy(watches, ({ status }) => status),
        seen: Math.max(0, ...watches.map(({ seen }) => seen)),
      },
      chaos: chaosOf(comparator),
    };
  };
}

function summarizeRun({ id, state, startedAt, endedAt, arms, conservation, ...more }: RunView): RunSummary {
  const { received, compared, dropped } = conservation;
  const claims = arms.flatMap(({ hypotheses }) => hypotheses).filter(isClaim);
  const verdicts = countBy(claims, ({ verdict }) => verdict);
  const loses = { dropped: sumOf(dropped), losesTooMuch: more.losesTooMuch === true };
  return { id, state, startedAt, endedAt, received, compared, ...loses, verdicts };
}

function sumOf(counts: Readonly<Partial<Record<string, number>>>): number {
  return Object.values(counts).reduce<number>((sum, count = 0) => sum + count, 0);
}

/** What is only shown beside (automatic, not required) makes no headline. */
function isClaim({ automatic, required }: HypothesisView): boolean {
  return required || !automatic;
}

function countBy<Item>(items: readonly Item[], nameOf: (item: Item) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[nameOf(item)] = (counts[nameOf(item)] ?? 0) + 1;
  return counts;
}

function chaosOf(comparator: Comparator): EventSummary['chaos'] {
  try {
    const { id, state, cells } = comparator.chaos(null);
    return { id, state, ...cells };
  } catch (thrown) {
    if (thrown instanceof PenumbraError && thrown.code === 'RUN_NOT_FOUND') return null;
    throw thrown;
  }
}
