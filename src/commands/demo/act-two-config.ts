// The config of the demo's second act: no experiment and no shadow, only watches on production itself.
import { sloMs } from './scenario.ts';

export interface ActTwoAddresses {
  readonly production: string;
  readonly link: string;
  readonly card: string;
  readonly receiver: string;
  readonly store: string;
}

export function actTwoConfig(at: ActTwoAddresses, seed: string): string {
  return `# Written by the demo. The same file, with your own addresses, is how you watch your own model.
service: flight-delay
production:
  url: ${at.production}
  protocol: open-inference-v2
  slo: {latency: ${sloMs}ms}
inputs: {card: "${at.card}"}
decisions:
  late: {output: "probabilities[:,1]", label: above 0.5}
source:
  tap: {link: "${at.link}", share: 100%}
seed: ${JSON.stringify(seed)}
bucket: 1s
watch:
  grace: 1s
  inputs: {allZero: at most 0.1%, missing: at most 1%, outOfRange: at most 1%}
  late:
    distribution: {learn: 1000 requests, share: at most 10%}
    lowConfidence: {bar: 0.6, share: at most 30%}
    collapse: at most 5%
alerts: [{webhook: "${at.receiver}"}]
api: {listen: "127.0.0.1:0"}
store: {path: "${at.store}"}
`;
}
