// The config of the tests on real servers: a tap in front of production, a twin, a new version, and the twin without its first feature.
import type { RunView } from '../../../src/pipeline/view-types.ts';
import { type Client, startServe } from '../../support/serve-process.ts';

interface Served {
  readonly production: string;
  readonly twin: string;
  readonly next: string;
  readonly protocol?: string;
  /** The features as inputs of that protocol. */
  readonly inputs?: string;
  /** The tensor or column with the probability. */
  readonly output?: string;
}

export interface Stand extends Served {
  /** host:port on which the tap listens. */
  readonly tap: string;
}

/** `source` as the config has it. */
export function configOfStand({ production, source, twin, next, ...forms }: Served & { source: string }): string {
  const { protocol = 'open-inference-v2', inputs = tensorInputs, output = 'probabilities[:,1]' } = forms;
  return `service: delay
production: {url: "${production}", protocol: ${protocol}, slo: {latency: 2s}}
inputs: ${inputs}
decisions: {late: {output: "${output}", label: above 0.5}}
source: ${source}
bucket: 1s
joinDeadline: 14s
store: {path: ./penumbra.db}
api: {listen: "127.0.0.1:0"}
experiments:
  release:
    gate: {minPairs: 1000, maxTime: 10m}
    warmUp: 0
    stopWhen: [production.p99 above 10s]
    budget: {requests: 500 per second, inFlight: 100}
    arms:
      control: {target: {url: "${twin}"}, deadline: 6s}
      candidate: {target: {url: "${next}"}, deadline: 6s}
      no-delay: {target: {url: "${twin}"}, perturb: [{zero: delay}], deadline: 6s}
    expect:
      candidate.late: {flip: at most 40%}
      no-delay.late: {flip: at most 1%}
`;
}

/** A comparator that its tap has greeted: from here on every request is copied. */
export async function startStand({ tap, ...stand }: Stand): Promise<Client> {
  const { client } = await startServe(configOfStand({ ...stand, source: `{tap: {listen: "${tap}"}}` }));
  for (const startedMs = performance.now(); performance.now() - startedMs < 90_000; ) {
    const { body } = await client.call('GET', '/v1/health');
    if (body.seen.tap.taps === 1) return client;
    await new Promise((resume) => setTimeout(resume, 50));
  }
  throw new Error('no tap has greeted the comparator');
}

const tensorInputs =
  '[{name: delay, at: "features[0]"}, {name: distance, at: "features[1]"}, {name: hour, at: "features[2]"}]';

export function comparedOn({ arms }: RunView, arm: string): number {
  return arms.find(({ name }) => name === arm)?.conservation.compared ?? 0;
}

/** What is said of the declared flip limits, by arm. */
export function flipsOf({ arms }: RunView): Record<string, string> {
  return Object.fromEntries(
    arms.flatMap(({ name, hypotheses }) =>
      hypotheses
        .filter(({ metric, automatic }) => metric === 'flip' && !automatic)
        .map(({ verdict }) => [name, verdict]),
    ),
  );
}
