// The demo as people run it: the story's table and its data hold on a seed, it ends by itself, and it leaves nothing behind.
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { endProcesses, isAlive, startPenumbra } from '../support/penumbra-process.ts';

afterAll(endProcesses);

/** Processes started by this one and by those it started, as the kernel knows them. */
function descendantsOf(pid: number): number[] {
  let text = '';
  try {
    text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  } catch {
    return [];
  }
  const children = text.trim().split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendantsOf(child)]);
}

/** Starts the demo with a temporary folder of its own; `seen` collects every process it ever had. */
function startDemo(args: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'penumbra-demo-test-'));
  const started = startPenumbra(['demo', ...args], { env: { TMPDIR: folder } });
  const seen = new Set<number>();
  const timer = setInterval(() => {
    for (const pid of descendantsOf(started.pid)) seen.add(pid);
  }, 100);
  void started.ended.then(() => clearInterval(timer));
  return { ...started, folder, seen };
}

interface DemoJson {
  readonly seed: unknown;
  readonly seconds: number;
  readonly arms: readonly {
    readonly name: string;
    readonly role: string;
    readonly p99Ms: number;
    readonly errorRate: number;
    readonly hypotheses: readonly {
      readonly metric: string;
      readonly relation: string;
      readonly tolerance: number;
      readonly verdict: string;
      readonly n: number;
      readonly decidedAt: number | null;
      readonly estimate: number;
      readonly interval: readonly [number, number];
    }[];
  }[];
  readonly gate: Readonly<Record<string, { exit: number; decision: string }>>;
  readonly conservation: Readonly<Record<'received' | 'compared' | 'skipped' | 'dropped' | 'inFlight', number>>;
}

// The story is about latencies below an SLO of 200 ms, of which it leaves the machine 60. One that was busy just then is asked again, with
// fewer requests a second, as the demo advises; what depends on the seed is the same every time.
const retry = 2;
let tries = 0;
const gently = ['--rate', '30'];

describe('penumbra demo', () => {
  it('ends as the story says, within two minutes, and leaves no process and no file', {
    timeout: 180_000,
    retry,
  }, async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'penumbra-demo-json-')), 'demo.json');
    const startedMs = performance.now();
    tries += 1;
    const demo = startDemo(['--json', file, '--seed', '3', ...(tries > 1 ? gently : [])]);
    const code = await demo.ended;
    const seconds = (performance.now() - startedMs) / 1000;
    expect([code, demo.stderr()]).toEqual([0, '']);
    expect(seconds).toBeLessThan(120);

    const json = JSON.parse(readFileSync(file, 'utf8')) as DemoJson;
    expect(Object.keys(json)).toEqual(['seed', 'seconds', 'arms', 'gate', 'conservation']);
    expect(String(json.seed)).toBe('3');
    expect(json.seconds).toBeLessThanOrEqual(seconds);
    const arm = (name: string) => json.arms.find((one) => one.name === name);
    const claim = (name: string, metric: string) => arm(name)?.hypotheses.find((one) => one.metric === metric);
    expect(json.arms.map(({ name, role }) => `${name} ${role}`)).toEqual([
      'control control',
      'v2 candidate',
      'v2-units candidate',
      'no-dep_delay fault',
      'slow-store-zeros fault',
      'slow-store-loud fault',
    ]);
    const told = (name: string, metric: string) => {
      const found = claim(name, metric);
      return [found?.relation, found?.tolerance, found?.verdict];
    };
    expect(told('control', 'flip')).toEqual(['bounded', 0.01, 'HOLDS']);
    expect(told('v2', 'flip')).toEqual(['bounded', 0.05, 'HOLDS']);
    expect(told('v2', 'error')).toEqual(['bounded', 0.005, 'HOLDS']);
    expect(told('v2-units', 'flip')).toEqual(['bounded', 0.01, 'VIOLATED']);
    expect(told('no-dep_delay', 'flip')).toEqual(['bounded', 0.01, 'VIOLATED']);
    expect(told('slow-store-zeros', 'silent-wrong')).toEqual(['bounded', 0.01, 'VIOLATED']);
    expect(told('slow-store-loud', 'silent-wrong')).toEqual(['loud', 0.01, 'HOLDS']);
    for (const { hypotheses } of json.arms) {
      for (const one of hypotheses) {
        if (one.n === 0) continue;
        expect(one.interval[0]).toBeLessThanOrEqual(one.estimate);
        expect(one.interval[1]).toBeGreaterThanOrEqual(one.estimate);
        if (one.verdict !== 'UNDECIDED') expect(one.decidedAt).toBeLessThanOrEqual(one.n);
      }
    }
    // The incident: nothing that infrastructure watches, while answers are wrong.
    expect(arm('slow-store-zeros')?.errorRate).toBe(0);
    expect(arm('slow-store-zeros')?.p99Ms).toBeLessThan(200);
    expect(arm('slow-store-loud')?.errorRate).toBeGreaterThan(0.1);
    expect(json.gate).toEqual({
      v2: { exit: 0, decision: 'PASS' },
      'v2-units': { exit: 10, decision: 'FAIL' },
    });
    const { received, compared, skipped, dropped, inFlight } = json.conservation;
    expect(compared + skipped + dropped + inFlight).toBe(received);
    expect(compared).toBeGreaterThan(5000);
    expect(dropped).toBeLessThan(received * 0.05);

    const said = demo.stdout();
    for (const { name } of json.arms) expect(said).toContain(name);
    expect(said).toMatch(/gate: release v2 → PASS \(exit 0\)/);
    expect(said).toMatch(/gate: release v2-units → FAIL \(exit 10\)/);
    expect(said).toMatch(/errors 0\.00 %, p99 \d+ ms \(SLO 200 ms\)/);
    expect(said).toMatch(/Is v2 right more often than v1\? (yes|no|not yet known)/);
    expect(said).toMatch(/production failed 0 of them/);
    // Not a terminal: no cursor movements, no colours.
    expect(said).not.toContain('\u001b');

    expect(demo.seen.size).toBeGreaterThanOrEqual(11);
    await expect.poll(() => [...demo.seen].filter(isAlive)).toEqual([]);
    expect(readdirSync(demo.folder).filter((name) => name.startsWith('penumbra'))).toEqual([]);
  });

  it('in its second act the fault is production’s own, and a watch on its answers raises the alarm', {
    timeout: 180_000,
    retry,
  }, async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'penumbra-demo-json-')), 'demo.json');
    const demo = startDemo(['--act', '2', '--json', file, '--seed', '3']);
    const code = await demo.ended;
    expect([code, demo.stderr()]).toEqual([0, '']);
    const json = JSON.parse(readFileSync(file, 'utf8'));
    expect(json).toMatchObject({
      act: 2,
      seed: '3',
      infrastructure: { failed: 0, sloMs: 200, wouldHaveAlerted: false },
    });
    expect(json.seconds).toBeLessThan(60);
    expect(json.infrastructure.p99Ms).toBeLessThan(200);
    expect(json.alarm).toMatchObject({ watch: 'late.distribution', key: 'watch/late/distribution' });
    expect(json.alarm.afterRequests).toBeGreaterThan(10);
    expect(json.alarm.afterSeconds).toBeLessThan(20);
    // The zeros appear behind the request: the watches there see nothing, and nothing was wrong before the fault.
    for (const one of json.watches) {
      expect(one.statusBefore, one.id).toBe('QUIET');
      if (one.place === 'request') expect(one.status, one.id).toBe('QUIET');
    }
    expect(demo.stdout()).toMatch(/alert arrived after [\d,]+ requests and \d+\.\d seconds/);
    expect(demo.stdout()).toMatch(/no infrastructure alert would have fired/);
    expect(demo.seen.size).toBeGreaterThanOrEqual(5);
    await expect.poll(() => [...demo.seen].filter(isAlive)).toEqual([]);
    expect(readdirSync(demo.folder).filter((name) => name.startsWith('penumbra'))).toEqual([]);
  });

  it('interrupted, it takes everything with it', async () => {
    const demo = startDemo([]);
    await expect.poll(() => demo.seen.size).toBeGreaterThanOrEqual(9);
    const code = await demo.end('SIGTERM');
    expect(code).toBe(130);
    await expect.poll(() => [...demo.seen].filter(isAlive)).toEqual([]);
    expect(readdirSync(demo.folder).filter((name) => name.startsWith('penumbra'))).toEqual([]);
  });
});
