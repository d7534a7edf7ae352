// P7: every shadow is well for half a minute and then hangs, while production is asked 2,000 times a second: memory and descriptors
// of tap and comparator, each second, how they grow, and how much more they are than while the shadows were well. Usage: npm run soak:tap -- [--minutes 10] (one minute unless told). Exits 1 when something grows,
// is more than it may be, or a request fails. Needs nginx.
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { freePort } from '../../support/free-port.ts';
import { slopePerMinute } from '../../support/tap-slope.ts';
import { residentMb } from './cpu.ts';
import { createBed, entry } from './hops.ts';
import type { OpenLoopResult } from './open-loop.ts';
import { ask, loadCore, proxyCore, start, startNode, stopAll } from './processes.ts';

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '1' } } });
const minutes = Number(values.minutes);
const perSecond = 2000;
const wellSeconds = 30;
const mostGrowthMbPerMinute = 0.5;
const mostTapMb = 160;
const mostRiseMb = 64;
/** What a process takes in this share of the time it keeps: caches, code that is compiled, the ring. */
const settlingShare = minutes >= 5 ? 0.2 : 0.5;

interface Sample {
  readonly atMs: number;
  readonly mb: number;
  readonly files: number;
}

const folder = mkdtempSync(join(tmpdir(), 'penumbra-soak-'));
try {
  const bed = await createBed(folder);
  const [shadow, api, listen] = (await Promise.all([1, 2, 3].map(freePort))) as [number, number, number];
  const twin = startNode(new URL('odd-shadow.ts', import.meta.url), [String(shadow), 'well'], { core: loadCore });
  const link = join(folder, 'tap.sock');
  const config = join(folder, 'penumbra.yaml');
  mkdirSync(join(folder, 'store'));
  writeFileSync(config, configOf({ production: bed.ports.production, shadow, api, link }));
  const serve = [entry, 'serve', '--config', config, '--log-level', 'silent'];
  const comparator = start(process.execPath, serve, { core: loadCore, nice: 10 });
  await once(comparator, 'message');
  const ways = ['--listen', `127.0.0.1:${listen}`, '--upstream', `127.0.0.1:${bed.ports.production}`, '--link', link];
  const tap = start(process.execPath, [entry, 'tap', ...ways], { core: proxyCore });
  await once(tap, 'message');
  const generator = startNode(new URL('open-loop.ts', import.meta.url), [], { core: loadCore });
  await once(generator, 'message');

  const watched = { tap: tap.pid as number, comparator: comparator.pid as number };
  const load = { port: listen, perSecond, bodyBytes: 1024, isDistinct: true };
  await ask<OpenLoopResult>(generator, { ...load, seconds: wellSeconds });
  const { asked: askedWhileWell } = await ask<{ asked: number }>(twin, {});
  const baseline = { tap: residentMb(watched.tap), comparator: residentMb(watched.comparator) };
  const samples: Record<keyof typeof watched, Sample[]> = { tap: [], comparator: [] };
  const timer = setInterval(() => {
    for (const name of ['tap', 'comparator'] as const) {
      const files = readdirSync(`/proc/${watched[name]}/fd`).length;
      samples[name].push({ atMs: performance.now(), mb: residentMb(watched[name]), files });
    }
  }, 1000);
  const { sent, answered } = await ask<OpenLoopResult>(generator, { ...load, seconds: minutes * 60 });
  const { asked } = await ask<{ asked: number }>(twin, {});
  clearInterval(timer);

  const problems: string[] = [];
  const rows: string[] = [
    '| process | memory with shadows well, most while they hung (MB) | growth (MB a minute) | most descriptors, growth a minute |',
  ];
  rows.push('|---|---|---|---|');
  for (const name of ['tap', 'comparator'] as const) {
    const settled = samples[name].slice(Math.floor(settlingShare * samples[name].length));
    const growth = slopePerMinute(settled.map(({ atMs, mb }) => ({ atMs, value: mb })));
    const fileGrowth = slopePerMinute(settled.map(({ atMs, files }) => ({ atMs, value: files })));
    const most = Math.max(...samples[name].map(({ mb }) => mb));
    const files = Math.max(...samples[name].map((sample) => sample.files));
    rows.push(
      `| ${name} | ${baseline[name].toFixed(0)}, ${most.toFixed(0)} | ${growth.toFixed(2)} | ${files}, ${fileGrowth.toFixed(2)} |`,
    );
    // A short run ends before garbage has been collected, and connections made anew, often enough to tell growth from it.
    if (minutes >= 5 && growth > mostGrowthMbPerMinute)
      problems.push(`the ${name} grows by ${growth.toFixed(2)} MB a minute`);
    if (most > baseline[name] + mostRiseMb && name === 'comparator')
      problems.push(`the comparator rose to ${most.toFixed(0)} MB`);
    if (name === 'tap' && most > mostTapMb) problems.push(`the tap rose to ${most.toFixed(0)} MB`);
    if (minutes >= 5 && fileGrowth > 1)
      problems.push(`the ${name} opens ${fileGrowth.toFixed(1)} descriptors a minute`);
  }
  if (answered < sent) problems.push(`${sent - answered} of ${sent} requests were not answered`);
  process.stdout.write(`${rows.join('\n')}\n`);
  for (const problem of problems) process.stdout.write(`${problem}\n`);
  process.stdout.write(
    `the shadow was asked ${askedWhileWell} times in ${wellSeconds} s while it was well, ${asked} times in ${minutes} minutes while it hung\n`,
  );
  process.stdout.write(
    `P7, ${minutes} minutes, ${answered} requests answered with every shadow hung: ${samples.tap.length} trials, ${problems.length} violations\n`,
  );
  process.exitCode = problems.length === 0 ? 0 : 1;
} finally {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
}
process.exit();

interface Parts {
  readonly production: number;
  readonly shadow: number;
  readonly api: number;
  readonly link: string;
}

function configOf({ production, shadow, api, link }: Parts): string {
  return `service: soak
production: {url: "http://127.0.0.1:${production}", protocol: open-inference-v2, slo: {latency: 1s}}
decisions:
  late: {output: "p[:,1]", label: above 0.5}
source: {tap: {link: "${link}", share: 100%}}
bucket: 1s
experiments:
  release:
    arms:
      control: {target: {url: "http://127.0.0.1:${shadow}"}, deadline: 1s}
      candidate: {target: {url: "http://127.0.0.1:${shadow}"}, deadline: 1s}
    expect: {candidate.late: {flip: at most 5%}}
    warmUp: 0
    start: with serve
    epoch: 1d
    readyTimeout: 1s
    budget: {requests: 5000 per second, inFlight: 64, bytes: 1GiB per second, total: 1000000000, perDay: 1000000000, bytesPerDay: 10000GiB}
api: {listen: "127.0.0.1:${api}"}
store: {path: ./store/penumbra.db}
`;
}
