// Runs the suite's experiments one after the other, each as a replay of what its version answers when nothing is wrong.
import { codecOf, openTarget } from '../../app/open-target.ts';
import type { ChaosConfig } from '../../config/chaos-config.ts';
import type { EffectiveConfig } from '../../config/effective.ts';
import type { Environment } from '../../config/secrets.ts';
import type { HypothesisView, RunView } from '../../pipeline/view-types.ts';
import { runReplay } from '../replay/run-replay.ts';
import { withScratchFolder } from '../scratch-folder.ts';
import { type PlannedCell, type PlannedExperiment, planSuite } from './plan-suite.ts';
import { readTraffic } from './read-traffic.ts';
import { recordVersion, type VersionRecording } from './record-version.ts';
import { type ArmTally, createCellTally } from './tally-cells.ts';

/** What a card needs of a judged hypothesis. */
export type Judged = Pick<
  HypothesisView,
  'decision' | 'metric' | 'relation' | 'tolerance' | 'verdict' | 'n' | 'estimate' | 'interval'
>;

export interface CellResult extends PlannedCell, Readonly<ArmTally> {
  readonly version: string;
  readonly hypotheses: readonly Judged[];
}

export interface VersionResult extends Omit<VersionRecording, 'file'> {
  readonly name: string;
  /** The untouched version against itself, of every experiment that ran. */
  readonly noise: readonly Judged[];
}

export interface SuiteResult {
  readonly requests: number;
  readonly versions: readonly VersionResult[];
  readonly cells: readonly CellResult[];
  /** What did not run, and why. */
  readonly leftOut: readonly string[];
}

export interface SuiteOptions {
  readonly config: EffectiveConfig;
  readonly chaos: ChaosConfig;
  readonly env: Environment;
  /** What is being done now, as a line for people. */
  readonly onStep?: (text: string) => void;
}

/** Throws what a replay throws: RECORDING_INVALID, RUN_CANNOT_START, CONFIG_INVALID. */
export function runSuite(options: SuiteOptions): Promise<SuiteResult> {
  return withScratchFolder('chaos', (directory) => runIn(directory, options));
}

async function runIn(directory: string, options: SuiteOptions): Promise<SuiteResult> {
  const { config, chaos, env, onStep } = options;
  const { deadlineMs, inFlight, maxTimeMs } = chaos;
  const startedMs = performance.now();
  const codec = codecOf(config);
  const asked = await readTraffic(chaos.traffic, { config, codec });
  const planned = planSuite(chaos, config);
  const [versions, cells, leftOut]: [VersionResult[], CellResult[], string[]] = [[], [], []];
  let done = 0;
  for (const version of chaos.versions) {
    onStep?.(`${version.name}: asked ${asked.length} untouched requests`);
    const target = openTarget(version.target, { config, codec, env });
    const recorded = { target, asked, directory, deadlineMs, inFlight };
    const { file, ...recording } = await recordVersion(version, recorded).finally(() => target.close());
    const noise: Judged[] = [];
    let stopped: string | null = null;
    for (const one of planned.filter(({ version: of }) => of === version.name)) {
      done += 1;
      if (performance.now() - startedMs > maxTimeMs) stopped ??= 'maxTime was over';
      if (stopped !== null) {
        leftOut.push(`${one.experiment.name}: ${stopped}`);
        cells.push(...one.cells.map((cell) => unseen(cell, one)));
        continue;
      }
      const found = await runOne(one, {
        ...options,
        file,
        say: (text) => onStep?.(`${done}/${planned.length} ${text}`),
      });
      cells.push(...found.cells);
      noise.push(...(found.run.arms.find(({ role }) => role === 'control')?.hypotheses ?? []));
      stopped = whyStop(found.run);
    }
    versions.push({ name: version.name, ...recording, noise });
  }
  return { requests: asked.length, versions, cells, leftOut };
}

interface RunOptions extends SuiteOptions {
  readonly file: string;
  readonly say: (text: string) => void;
}

async function runOne(
  { version, experiment, cells }: PlannedExperiment,
  { config, env, file, chaos, say }: RunOptions,
): Promise<{ readonly run: RunView; readonly cells: readonly CellResult[] }> {
  const tally = createCellTally();
  const onLine = (line: number): void => {
    if (line % 100 === 0) say(`${experiment.name}: ${line} of at most ${chaos.traffic.requests} requests`);
  };
  say(experiment.name);
  const { run } = await runReplay({ file, config, experiment, env, onPair: tally.onPair, onLine });
  const found = cells.map((cell) => {
    const hypotheses = run.arms.find(({ name }) => name === cell.fault)?.hypotheses ?? [];
    return { ...cell, ...tally.of(cell.fault), version, hypotheses };
  });
  return { run, cells: found };
}

function unseen(cell: PlannedCell, { version, experiment }: PlannedExperiment): CellResult {
  const unknown = { verdict: 'UNDECIDED', n: 0, estimate: null, interval: null } as const;
  const hypotheses = experiment.hypotheses
    .filter(({ arm }) => arm === cell.fault)
    .map(({ decision, metric, relation, tolerance }) => ({ decision, metric, relation, tolerance, ...unknown }));
  return { ...cell, version, asked: 0, acted: 0, failed: 0, marked: 0, hypotheses };
}

/** Beyond this the untouched version is down, and nothing can be said about its faults. */
const mostControlFailures = 0.05;

/** The stop condition of every experiment: the control must answer. No signal stops as well. */
function whyStop({ arms }: RunView): string | null {
  const control = arms.find(({ role }) => role === 'control');
  const { compared = 0 } = control?.conservation ?? {};
  if (control === undefined || compared === 0) return 'nothing was compared before';
  const failed = 1 - (control.statuses.ok ?? 0) / compared;
  return failed > mostControlFailures ? 'the untouched version failed on more than 5 % of the requests before' : null;
}
