// The config the demo's comparator runs with: an ordinary config file, written with the ports that were free.
import { slowStore } from './scenario.ts';

export interface DemoAddresses {
  readonly production: string;
  readonly control: string;
  readonly v2: string;
  readonly v2Units: string;
  readonly plain: string;
  readonly slowZeros: string;
  readonly slowLoud: string;
  readonly link: string;
  readonly store: string;
  readonly card: string;
}

export function demoConfig(at: DemoAddresses, seed: string, { listen = '127.0.0.1:0' } = {}): string {
  const release = (candidate: string, url: string, limit: string) => `
  release-${candidate}:
    arms:
      control: {target: {url: "${at.control}"}}
      ${candidate}: {target: {url: "${url}"}}
    expect:
      control.late: {flip: at most 1%}
      ${candidate}.late: {flip: at most ${limit}}
    gate: {minPairs: 1000, maxTime: 2m}
    start: on request
    stopWhen: [production.p99 above 1s, production.errors above 5%]
    budget: {requests: 200 per second, inFlight: 64, body: 64KiB, bytes: 4MiB per second, total: 20000}`;
  const slow = `faults: [{dependency: feature-store, latency: ${slowStore.delay}, share: ${slowStore.share}, key: entity_key, seed: ${JSON.stringify(seed)}}]`;
  return `# Written by the demo. The same file, with your own addresses, is how you use penumbra beside your own model.
service: flight-delay
production:
  url: ${at.production}
  protocol: open-inference-v2
  slo: {latency: 200ms}
inputs: {card: "${at.card}"}
decisions:
  late: {output: "probabilities[:,1]", label: above 0.5}
source:
  tap: {link: "${at.link}", share: 100%}
seed: ${JSON.stringify(seed)}
alpha: 1%
bucket: 1s
joinDeadline: 3s
experiments:${release('v2', at.v2, '5%')}
${release('v2-units', at.v2Units, '1%')}

  robustness:
    arms:
      control: {target: {url: "${at.control}"}}
      no-dep_delay: {target: {url: "${at.plain}"}, perturb: [{zero: dep_delay, share: 20%}]}
      slow-store-zeros: {target: {url: "${at.slowZeros}"}, ${slow}}
      slow-store-loud: {target: {url: "${at.slowLoud}"}, ${slow}}
    expect:
      control.late: {flip: at most 1%}
      no-dep_delay.late: {flip: at most 1%}
      slow-store-zeros.late: {silentWrong: at most 1%}
      slow-store-loud.late: {silentWrong: at most 1%, relation: loud}
    stopWhen: [production.p99 above 1s, production.errors above 5%]
    budget: {requests: 200 per second, inFlight: 64, body: 64KiB, bytes: 4MiB per second, total: 20000}
    maxTime: 2m
    start: on request
api: {listen: "${listen}"}
store: {path: "${at.store}"}
`;
}
