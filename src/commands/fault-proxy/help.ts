// What `penumbra fault-proxy --help` teaches: an example for each need, the faults and their options, and the control API.
import { proxyFaults } from '../../faults/proxy/kinds/index.ts';

const examples = `
A feature store that is 800 ms slower for three in ten keys, always the same ones:
  penumbra fault-proxy --listen 127.0.0.1:7001 --upstream http://127.0.0.1:7000 \\
    --key '/features/{key}' --seed 1 --fault latency=800ms,share=30%
Point the shadow pod at 127.0.0.1:7001; production keeps its own address.

Redis, switched while it runs:
  penumbra fault-proxy --protocol tcp --listen 127.0.0.1:6380 --upstream 127.0.0.1:6379 \\
    --control 127.0.0.1:7002 --probe 'PING\\r\\n'
  curl -X PUT http://127.0.0.1:7002/v1/faults -d '{"faults": [{"latency": "50ms", "jitter": "10ms"}], "lease": "30s"}'
  curl -X POST http://127.0.0.1:7002/v1/lease      renews; without it the faults end after 30 s
  curl -X DELETE http://127.0.0.1:7002/v1/faults   the baseline again: {"restored": true, "latencyMs": …}
  curl http://127.0.0.1:7002/v1/state              what is on, achieved shares, calls, the SLO; /metrics for Prometheus

The fast store is lost after 20 s, a slow one is left:
  penumbra fault-proxy --listen 127.0.0.1:7001 --upstream http://fast:7000 --standby http://slow:7000 \\
    --fault failover=20s,inFlight=reset

From a config: penumbra fault-proxy --config penumbra.yaml --dependency feature-store --fault timeout=never,share=5%
`;

export const helpText = `${examples}
Faults (the first value is the fault's own; several --fault add up):
${proxyFaults.map(faultText).join('\n')}
Every fault but failover also takes share=30% (of requests on http, of connections on tcp), seed=TEXT and, on http,
key=request, key=path or key=/features/{key}. By key, the same keys are hit whoever computes it: SipHash of seed and key.

Without faults no byte is changed. With TLS, place it where TLS has ended. HTTP/2 and upgraded connections: use tcp.
Exit codes: 0 stopped, 1 cannot listen or no valid config, 64 wrong options.`;

function faultText(kind: (typeof proxyFaults)[number]): string {
  const where = kind.protocols.length === 1 ? ' (http only)' : '';
  const options = Object.entries(kind.options.properties as Readonly<Record<string, { description?: string }>>).map(
    ([option, { description = '' }]) => `      ${wordOf(option, kind).padEnd(13)} ${description}`,
  );
  return [`  ${kind.name}${where}: ${kind.summary}`, ...options].join('\n');
}

function wordOf(option: string, { name, mainOption }: { name: string; mainOption: string }): string {
  if (option === mainOption) return name;
  return option.endsWith('Ms') ? option.slice(0, -2) : option;
}
