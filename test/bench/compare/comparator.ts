// The whole comparator in this process, on a real store and the real clock: what `serve` runs, without a tap and without its API.
import { join } from 'node:path';
import type { App } from '../../../src/app/parts.ts';
import type { Target } from '../../../src/io/ports.ts';
import type { TargetSpec } from '../../../src/model.ts';
import type { RunView } from '../../../src/pipeline/view-types.ts';
import { built } from './built.ts';
import { createTableTarget } from './table-target.ts';

const { codecOf, openTarget } = await built<typeof import('../../../src/app/open-target.ts')>('app/open-target');
const { createApp } = await built<typeof import('../../../src/app.ts')>('app');
const { checkConfigText } = await built<typeof import('../../../src/config/load.ts')>('config/load');
const { systemClock } = await built<typeof import('../../../src/io/clock.ts')>('io/clock');
const { createLog } = await built<typeof import('../../../src/io/log.ts')>('io/log');

export interface BenchComparatorOptions {
  /** Of the store; it must exist. */
  readonly folder: string;
  /** One or two: the candidate, and a control beside it. */
  readonly arms: 1 | 2;
  /** Where the arms answer; null: out of the table, in this process. */
  readonly shadowUrl: string | null;
  readonly deadline?: string;
  /** Calls per arm that may be open at once. */
  readonly inFlight?: number;
}

export interface BenchComparator {
  readonly app: App;
  run(): RunView;
  /** Calls to live shadows that are not answered yet. */
  open(): number;
  /** Pairs of all arms that have been compared and committed. */
  compared(): number;
}

export async function startComparator(options: BenchComparatorOptions): Promise<BenchComparator> {
  const { shadowUrl, folder } = options;
  const { config, errors } = checkConfigText(configOf(options), { env: {}, directory: folder });
  if (config === null) throw new Error(errors.map(({ line, message }) => `${line}: ${message}`).join('\n'));
  const codec = codecOf(config);
  let open = 0;
  const counted = (spec: TargetSpec): Target => {
    const target = openTarget(spec, { config, codec, env: {} });
    const call: Target['call'] = async (given) => {
      open += 1;
      const reply = await target.call(given);
      open -= 1;
      return reply;
    };
    return { ...target, call };
  };
  const app = createApp({
    config,
    clock: systemClock,
    log: createLog('error'),
    env: {},
    version: 'bench',
    sources: [],
    openTarget: async (_arm, spec) => (shadowUrl === null ? createTableTarget(codec) : counted(spec)),
  });
  await app.start();
  const run = (): RunView => app.comparator.runs().at(-1) as RunView;
  while (run().state !== 'RUNNING') await new Promise((resume) => setTimeout(resume, 20));
  return {
    app,
    run,
    open: () => open,
    compared: () => run().arms.reduce((all, { conservation }) => all + conservation.compared, 0),
  };
}

/** A continuous experiment: a finite one would be decided, and over, after some thousand pairs. */
function configOf({ folder, arms, shadowUrl, deadline = '1s', inFlight = 100_000 }: BenchComparatorOptions): string {
  const at = shadowUrl ?? 'http://127.0.0.1:2';
  const control = arms === 2 ? `control: {target: {url: "${at}"}, deadline: ${deadline}}` : '';
  return `service: bench
production:
  url: http://127.0.0.1:1
  protocol: open-inference-v2
  slo: {latency: 1s}
inputs: [{name: first, at: "features[0]"}]
decisions:
  late: {output: "probability[:,1]", label: above 0.5}
bucket: 1s
truthWindow: 10s
experiments:
  bench:
    arms:
      ${control}
      candidate: {target: {url: "${at}"}, deadline: ${deadline}}
    expect:
      candidate.late: {flip: at most 5%, material: at most 5%}
    budget: {requests: 1000000 per second, inFlight: ${inFlight}, bytes: 10GiB per second, total: 1000000000, perDay: 1000000000, bytesPerDay: 100000GiB}
    warmUp: 0
    epoch: 1d
    start: with serve
store: {path: ${JSON.stringify(join(folder, 'penumbra.db'))}}
`;
}
