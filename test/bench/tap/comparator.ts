// The comparator behind a tap with live shadows, driven as hard as it goes: how many exchanges it compares per second of
// its own CPU. Every request differs, since equal ones in a bucket count once.
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { cpuTimeOf } from './cpu.ts';
import { type Bed, entry } from './hops.ts';
import { startNginx } from './nginx.ts';
import { loadCore, proxyCore, start, stop } from './processes.ts';
import { loadByWrk } from './wrk.ts';

export interface ComparatorFigures {
  readonly comparedPerCpuSecond: number;
  readonly comparedPerSecond: number;
}

/** Longer than a bucket and the deadline of its arms. */
const untilClosedMs = 5000;

/** The control and the candidate are each asked: two answers to every compared exchange. */
export async function measureComparator(bed: Bed, seconds: number): Promise<ComparatorFigures> {
  const [api, twin] = [bed.nextPort(), bed.nextPort()];
  await startNginx({ folder: bed.folder, name: 'twin', port: twin }, { core: loadCore });
  const folder = join(bed.folder, 'comparator');
  mkdirSync(folder);
  const config = join(folder, 'penumbra.yaml');
  const linkPath = join(folder, 'tap.sock');
  writeFileSync(config, configOf(bed, { api, twin, linkPath }));
  const serve = start(process.execPath, [entry, 'serve', '--config', config, '--log-level', 'error'], {
    core: proxyCore,
  });
  await once(serve, 'message');
  const listen = await startTap(bed, linkPath);
  await startRun(api);
  const load = { connections: 16, bodyBytes: 1024, isVaried: true };
  await loadByWrk(bed.folder, listen, { ...load, seconds: 2 });
  const before = { cpu: cpuTimeOf(serve.pid as number).allNs, compared: await comparedBy(api), at: performance.now() };
  await loadByWrk(bed.folder, listen, { ...load, seconds });
  await new Promise((resume) => setTimeout(resume, untilClosedMs));
  const after = { cpu: cpuTimeOf(serve.pid as number).allNs, compared: await comparedBy(api) };
  await stop(serve);
  const compared = after.compared - before.compared;
  return { comparedPerCpuSecond: compared / ((after.cpu - before.cpu) / 1e9), comparedPerSecond: compared / seconds };
}

/** The comparator has the measured core for itself; the tap stays with the load. */
async function startTap({ ports, nextPort }: Bed, linkPath: string): Promise<number> {
  const port = nextPort();
  const ways = ['--listen', `127.0.0.1:${port}`, '--upstream', `127.0.0.1:${ports.production}`, '--link', linkPath];
  const tap = start(process.execPath, [entry, 'tap', ...ways], { core: loadCore });
  await once(tap, 'message');
  return port;
}

async function startRun(api: number): Promise<void> {
  const { body } = await request(`http://127.0.0.1:${api}/v1/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ experiment: 'release' }),
  });
  await body.dump();
}

interface RunsAnswer {
  readonly runs: readonly {
    readonly arms: readonly { readonly name: string; readonly conservation: { readonly compared: number } }[];
  }[];
}

async function comparedBy(api: number): Promise<number> {
  const { body } = await request(`http://127.0.0.1:${api}/v1/runs`);
  const { runs } = (await body.json()) as RunsAnswer;
  return runs[0]?.arms.find(({ name }) => name === 'candidate')?.conservation.compared ?? 0;
}

function configOf({ ports }: Bed, { api, twin, linkPath }: { api: number; twin: number; linkPath: string }): string {
  return `service: bench
production:
  url: http://127.0.0.1:${ports.production}
  protocol: open-inference-v2
  slo: {latency: 1s}
decisions:
  late: {output: "p[:,1]", label: above 0.5}
source:
  tap: {link: ${linkPath}, share: 100%}
bucket: 1s
experiments:
  release:
    arms:
      control: {target: {url: http://127.0.0.1:${twin}}}
      candidate: {target: {url: http://127.0.0.1:${ports.shadow}}}
    expect:
      candidate.late: {flip: at most 5%}
    budget: {requests: 100000 per second, inFlight: 128, bytes: 1GiB per second, total: 1000000000}
    maxTime: 1h
api: {listen: 127.0.0.1:${api}}
store: {path: ./penumbra.db}
`;
}
