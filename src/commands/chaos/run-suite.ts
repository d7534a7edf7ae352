// Runs the suite's experiments one after the other, each as a replay of what its version answers when nothing is wrong.
import { codecOf, openTarget } from '../../app/open-target.ts';
import { type PlannedExperiment, planSuite } from '../../chaos/plan-suite.ts';
import {
  type CellResult,
  foundCell,
  type Judged,
  type SuiteResult,
  unseenCell,
  type VersionResult,
  whyStop,
} from '../../chaos/suite-result.ts';
import { createCellTally } from '../../chaos/tally-cells.ts';
import type { RecordedSuite } from '../../config/chaos-config.ts';
import type { EffectiveConfig } from '../../config/effective.ts';
import type { Environment } from '../../config/secrets.ts';
import type { RunView } from '../../pipeline/view-types.ts';
import { runReplay } from '../replay/run-replay.ts';
import { withScratchFolder } from '../scratch-folder.ts';
import { readTraffic } from './read-traffic.ts';
import { recordVersion } from './record-version.ts';

export interface SuiteOptions {
  readonly config: EffectiveConfig;
  readonly chaos: RecordedSuite;
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
        cells.push(...one.cells.map((cell) => unseenCell(cell, one)));
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
  const found = cells.map((cell) => foundCell(cell, { version, run, tally: tally.of(cell.fault) }));
  return { run, cells: found };
}
