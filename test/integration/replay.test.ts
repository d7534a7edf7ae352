// Replays of recordings, with the real comparator: real flights against real models in process, and scripted shadows over HTTP for what
// must come out to the digit.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planRecording } from '../../src/commands/plan.ts';
import type { ArmReport, ReplayReport } from '../../src/commands/replay/report.ts';
import { reportText } from '../../src/commands/replay/report-text.ts';
import { replay } from '../../src/commands/replay.ts';
import { endProcesses, runPenumbra } from '../support/penumbra-process.ts';
import { models, recordedFrom, recordLines, writeRecording } from '../support/recording.ts';
import { answering, answerOf, hanging, type ShadowServer, startShadow } from '../support/shadow-server.ts';

const directory = mkdtempSync(join(tmpdir(), 'penumbra-test-'));
const servers: ShadowServer[] = [];
afterAll(async () => {
  endProcesses();
  await Promise.all(servers.map((server) => server.close()));
});

let files = 0;
function write(text: string, name = 'config.yaml'): string {
  files += 1;
  const file = join(directory, `${files}-${name}`);
  writeFileSync(file, text);
  return file;
}

async function shadow(...given: Parameters<typeof startShadow>): Promise<ShadowServer> {
  const server = await startShadow(...given);
  servers.push(server);
  return server;
}

function armOf({ arms }: ReplayReport, name: string): ArmReport {
  const arm = arms.find((one) => one.name === name);
  if (arm === undefined) throw new Error(`there is no arm "${name}"`);
  return arm;
}

function verdictOf(report: ReplayReport, id: string) {
  return armOf(report, id.split('.')[0] as string).hypotheses.find((one) => one.id === id);
}

function testsOf(report: ReplayReport, arm: string) {
  return armOf(report, arm).decisions[0]?.fixedSampleTests ?? [];
}

function withoutLatency({ arms, ...rest }: ReplayReport) {
  return { ...rest, arms: arms.map(({ latency: _, ...arm }) => arm) };
}

describe('flights against models in process', () => {
  let recording: string;
  const config = write(`service: flight-delay
production: {url: "http://127.0.0.1:1", protocol: open-inference-v2, slo: {latency: 200ms}}
inputs: {card: ${models}/flight-delay-v1.json}
decisions:
  late: {output: "probabilities[:,1]", label: above 0.5}
source: {http: true}
experiments:
  release:
    arms:
      control: {target: {onnx: ${models}/flight-delay-v1.onnx}, deadline: 20s}
      candidate: {target: {onnx: ${models}/flight-delay-v2.onnx}, deadline: 20s}
    candidates: ["${models}/*.onnx"]
    expect:
      control.late: {flip: at most 1%}
      candidate.late: {flip: at most 5%}
    gate: {minPairs: 500, maxTime: 30m}
    warmUp: 20
`);
  beforeAll(async () => {
    const lines = await recordLines({ rows: 2000, perSecond: 20 });
    recording = writeRecording(join(directory, 'flights.jsonl.gz'), lines);
  });

  it('v2 is within its limit, the mix-up of units is not, and the whole recording was compared', async () => {
    const v2 = await replay(recording, { config, env: {} });
    const units = await replay(recording, { config, candidate: `${models}/flight-delay-v2-units.onnx`, env: {} });
    expect(verdictOf(v2, 'control.late.flip')).toMatchObject({ verdict: 'HOLDS', estimate: 0, n: 1980 });
    expect(verdictOf(v2, 'candidate.late.flip')).toMatchObject({ verdict: 'HOLDS', n: 1980 });
    expect(verdictOf(units, 'candidate.late.flip')).toMatchObject({ verdict: 'VIOLATED', n: 1980 });
    // Decided long before its end: the sample must not depend on when.
    expect(verdictOf(units, 'candidate.late.flip')?.decidedAt).toBeLessThan(300);
    for (const report of [v2, units]) {
      const { conservation, version } = armOf(report, 'candidate');
      expect(conservation).toEqual({
        received: 2000,
        compared: 1980,
        skipped: { warm_up: 20 },
        dropped: {},
        inFlight: 0,
      });
      expect(version).toMatch(/^v2(-units)?\+sha256\./);
    }
    expect(v2.recording).toMatchObject({ lines: 2000, exchanges: 2000, requestsPerSecond: 20, badLines: { count: 0 } });
    const psi = (report: ReplayReport) => {
      const sizes = armOf(report, 'candidate').decisions[0]?.effectSizes;
      return sizes !== undefined && 'sizes' in sizes ? (sizes.sizes[0]?.estimate ?? 0) : 0;
    };
    expect(psi(v2)).toBeLessThan(0.05);
    expect(psi(units)).toBeGreaterThan(0.5);
  });

  it('two replays of one file say the same, but for latencies', async () => {
    const [first, second] = [
      await replay(recording, { config, env: {} }),
      await replay(recording, { config, env: {} }),
    ];
    expect(JSON.stringify(withoutLatency(first))).toBe(JSON.stringify(withoutLatency(second)));
  });

  it('text is for people', async () => {
    const text = reportText(await replay(recording, { config, env: {} }));
    expect(text).toMatch(/^release: 2,000 exchanges of .* from 2026-03-01T08:00:00.000Z to .*, 20 requests\/s\n/);
    expect(text).toContain('2,000 received = 1,980 compared + 20 skipped (warm up)');
    expect(text).toMatch(/HOLDS {6}flip rate .* is within the limit of 5 %/);
    expect(text).toMatch(/PSI +[\d.e-]+ \[.*\] {2}natural logarithm, .*; 8 bins, cuts at 0.125,/);
    expect(text).toContain('fixed-sample tests, valid once, not while looking');
  });

  it('as a process it says nothing but the report on standard output', async () => {
    const short = writeRecording(join(directory, 'short.jsonl'), await recordLines({ rows: 60, perSecond: 20 }));
    const flags = ['--config', config, '--experiment', 'release', '--format', 'json'];
    const { code, stdout } = await runPenumbra(['replay', short, ...flags]);
    expect(code).toBe(0);
    const report = JSON.parse(stdout) as ReplayReport;
    expect(report.arms.map(({ name, conservation: { compared } }) => [name, compared])).toEqual([
      ['control', 40],
      ['candidate', 40],
    ]);
  });

  it('a plan takes rate and outcomes from it, and proposes limits above what was seen', async () => {
    const options = { recording, experiment: null, candidate: null, productionPerSecond: null, env: {} };
    const { report, refusals, exitCode } = await planRecording(config, options);
    expect([refusals, exitCode]).toEqual(['', 0]);
    expect(report).toContain('production is assumed to get 20 requests/s');
    expect(report).toMatch(
      /control.late.flip: flip rate 0 % .* is within the limit of 1 % \(.*\); live that takes \d+s at 20 requests\/s/,
    );
    expect(report).toMatch(/noise floor: .*\n {4}control.late: \{flip: at most 0\.[25]%\} {2}seen 0 % \[0, /);
    expect(report).toMatch(/proposed limits: the first of 0.1%, .* above the upper end of the 99 % interval/);
    expect(report).toMatch(/candidate.late: \{flip: at most 5%\} {2}seen .*; proven after about [\d,]+ requests \(/);
  });

  it('a plan refuses a run that could not finish at the recorded rate', async () => {
    const slow = writeRecording(join(directory, 'slow.jsonl'), await recordLines({ rows: 300, perSecond: 0.05 }));
    const flags = ['--recording', slow, '--candidate', `${models}/flight-delay-v2.onnx`];
    const { code, stderr } = await runPenumbra(['plan', config, ...flags]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /release: candidate.late.flip needs .* at what was recorded and 0.05 requests\/s, and maxTime is 30m/,
    );
    expect(stderr).toMatch(/the gate’s minPairs of 500 needs .* at 0.05 requests\/s/);
  });
});

const at = recordedFrom;

interface Line {
  readonly id: string;
  readonly score: number;
  readonly arrivedAt?: number;
  /** Told to the shadows, who answer what they like. */
  readonly index?: number;
}

function lineOf({ id, score, arrivedAt = at, index = 0 }: Line): string {
  return JSON.stringify({
    id,
    arrivedAt,
    latencyMs: 12,
    request: {
      path: '/v2/models/m/infer',
      body: { inputs: [{ name: 'x', shape: [1, 2], datatype: 'FP64', data: [score, index] }] },
    },
    answer: { status: 200, body: JSON.parse(answerOf(score, 'v1')) },
  });
}

interface Shadows {
  readonly control?: ShadowServer | string;
  readonly candidate: ShadowServer | string;
}

const urlOf = (given: ShadowServer | string): string => (typeof given === 'string' ? given : given.url);

function configFor(
  { control, candidate }: Shadows,
  more: { experiment?: string; top?: string; deadline?: string } = {},
): string {
  return write(`service: test
production: {url: "http://127.0.0.1:1", protocol: open-inference-v2, slo: {latency: 200ms}}
decisions: {late: {output: "probabilities[:,1]", label: above 0.5}}
source: {http: true}
bucket: 10s
${more.top ?? ''}
experiments:
  trial:
    arms:
      ${control === undefined ? '' : `control: {target: ${control === 'production' ? 'production, allowLoadOnProduction: 5 per second' : `{url: "${urlOf(control)}"}`}}`}
      candidate: {target: {url: "${urlOf(candidate)}"}, deadline: ${more.deadline ?? '5s'}}
    expect: {candidate.late: {flip: at most 10%}}
    readyTimeout: 2s
    ${more.experiment ?? 'warmUp: 0'}
`);
}

describe('a small recording, to the digit', () => {
  const scores = [
    0.12, 0.2, 0.31, 0.38, 0.42, 0.47, 0.55, 0.58, 0.61, 0.66, 0.72, 0.79, 0.83, 0.88, 0.91, 0.95, 0.05, 0.09, 0.36,
    0.52,
  ];
  const shadows = [
    0.1, 0.24, 0.52, 0.35, 0.58, 0.44, 0.57, 0.49, 0.7, 0.81, 0.75, 0.93, 0.85, 0.96, 0.97, 0.99, 0.04, 0.15, 0.51,
    0.64,
  ];
  const lines = scores.map((score, index) => lineOf({ id: `r${index}`, score, index, arrivedAt: at + index * 700 }));

  it('p-values are scipy’s, with the pairs that were recorded', async () => {
    const candidate = await shadow(({ body, reply }) => {
      const { inputs } = JSON.parse(body) as { inputs: { data: number[] }[] };
      reply.end(answerOf(shadows[inputs[0]?.data[1] ?? -1] ?? 0, 'v2'));
    });
    const control = await shadow(answering({ change: (score) => (score === 0.42 ? 0.51 : score) }));
    const file = writeRecording(join(directory, 'small.jsonl'), lines);
    const report = await replay(file, { config: configFor({ control, candidate }), env: {} });
    const [ks, ranks, labels, flips] = testsOf(report, 'candidate');
    // scipy 1.17.1: ks_2samp(method='exact'), mannwhitneyu(method='asymptotic'), chi2_contingency(correction=False), binomtest.
    expect(ks).toMatchObject({ pValue: expect.closeTo(0.9831368772656193, 9), n: [20, 20] });
    expect(ranks).toMatchObject({ statistic: 174, pValue: expect.closeTo(0.49029356154040216, 9) });
    expect(labels).toMatchObject({ pValue: expect.closeTo(0.5186050164287255, 9) });
    expect(flips).toMatchObject({ n: [3, 0], pValue: 0.25 });
    expect(verdictOf(report, 'candidate.late.flip')).toMatchObject({ n: 20, estimate: 0.2 });
    expect(candidate.seen.map(({ headers }) => headers['x-shadow'])).toEqual(
      new Array(20).fill(expect.stringMatching(/\/candidate$/)),
    );
  });

  it('without a control there is no McNemar test, and it says so', async () => {
    const candidate = await shadow();
    const file = writeRecording(join(directory, 'uncontrolled.jsonl'), lines);
    const report = await replay(file, { config: configFor({ candidate }), env: {} });
    expect(testsOf(report, 'candidate')[3]).toEqual({ name: 'McNemar, exact', notComputed: 'no control arm' });
    expect(report.notes).toContain('no control arm: the noise floor is unknown');
    expect(reportText(report)).toContain('McNemar, exact: not computed: no control arm');
  });
});

describe('time is the recording’s', () => {
  it('what comes after its bucket was closed is late, and said; what is only out of order counts', async () => {
    const candidate = await shadow();
    const seconds = [0, 5, 3, 21, 12, 100, 1, 99];
    const lines = seconds.map((second, index) =>
      lineOf({ id: `r${index}`, score: 0.3 + index / 100, arrivedAt: at + second * 1000 }),
    );
    const file = writeRecording(join(directory, 'unordered.jsonl'), lines);
    const report = await replay(file, { config: configFor({ candidate }), env: {} });
    const { conservation } = armOf(report, 'candidate');
    // Buckets of 10 s close 6 s after their end: at 21 s that of 12 s is open, at 100 s that of 99 s is, and that of 1 s is not.
    expect(conservation).toEqual({ received: 8, compared: 7, skipped: {}, dropped: { late: 1 }, inFlight: 0 });
    expect(report.notes).toContain(
      '1 exchanges came later in the file than their bucket was closed: sort the recording by arrivedAt',
    );
    expect(report.recording).toMatchObject({ from: '2026-03-01T08:00:00.000Z', to: '2026-03-01T08:01:40.000Z' });
  });

  it('nothing was recorded in the future', async () => {
    const candidate = await shadow();
    const lines = [
      lineOf({ id: 'a', score: 0.3 }),
      lineOf({ id: 'b', score: 0.4, arrivedAt: Date.now() + 86_400_000 }),
      lineOf({ id: 'c', score: 0.5, arrivedAt: at + 1 }),
    ];
    const file = writeRecording(join(directory, 'future.jsonl'), lines);
    const report = await replay(file, { config: configFor({ candidate }), env: {} });
    expect(report.recording.strangeExchanges).toEqual({
      count: 1,
      first: [{ line: 2, problem: 'arrivedAt is more than 30 s in the future' }],
    });
    expect(armOf(report, 'candidate').conservation.received).toBe(2);
  });

  describe('a line that is refused moves no clock', () => {
    const good = (count: number): string[] =>
      Array.from({ length: count }, (_, index) =>
        lineOf({ id: `r${index}`, score: index / 1000, arrivedAt: at + index * 1000 }),
      );
    const untilDay = (day: number): number => Date.now() - day * 86_400_000;
    const refused: readonly (readonly [what: string, line: () => string, received: number])[] = [
      ['of the far future', () => lineOf({ id: 'x', score: 0.4, arrivedAt: 9e15 }), 60],
      ['of tomorrow', () => lineOf({ id: 'x', score: 0.4, arrivedAt: untilDay(-1) }), 60],
      [
        'no inference call',
        () => lineOf({ id: 'x', score: 0.4, arrivedAt: untilDay(1) }).replace('/v2/models/m/infer', '/v2/health/ready'),
        60,
      ],
      ['a copy', () => lineOf({ id: 'shadow-x', score: 0.4, arrivedAt: untilDay(1) }), 60],
      [
        'not to be read',
        () => lineOf({ id: 'x', score: 0.4, arrivedAt: untilDay(1) }).replace('"probabilities"', '"other"'),
        61,
      ],
    ];

    it.each(refused)('%s, in the middle', async (_, line, received) => {
      const candidate = await shadow();
      const lines = good(60);
      const file = writeRecording(join(directory, `${files++}.jsonl`), lines.toSpliced(30, 0, line()));
      const report = await replay(file, { config: configFor({ candidate }), env: {} });
      const { conservation } = armOf(report, 'candidate');
      const skipped = received === 60 ? {} : { production_failed: 1 };
      expect(conservation).toEqual({ received, compared: 60, skipped, dropped: {}, inFlight: 0 });
      expect(report.recording).toMatchObject({
        to: new Date(at + 59_000).toISOString(),
        requestsPerSecond: 1,
        strangeExchanges: { count: 1, first: [{ line: 31 }] },
      });
    });

    it.each(refused)('%s, as the first', async (_, line, received) => {
      const candidate = await shadow();
      const file = writeRecording(join(directory, `${files++}.jsonl`), [line(), ...good(20)]);
      const report = await replay(file, { config: configFor({ candidate }), env: {} });
      expect(armOf(report, 'candidate').conservation).toMatchObject({
        received: received - 40,
        compared: 20,
        dropped: {},
      });
    });

    it('nor in a plan', async () => {
      const candidate = await shadow();
      const lines = good(60).toSpliced(30, 0, lineOf({ id: 'x', score: 0.4, arrivedAt: 9e15 }));
      const recording = writeRecording(join(directory, `${files++}.jsonl`), lines);
      const options = { recording, experiment: null, candidate: null, productionPerSecond: null, env: {} };
      const { report } = await planRecording(configFor({ candidate }), options);
      expect(report).toContain('production is assumed to get 1 requests/s');
      expect(report).toMatch(/candidate.late.flip: flip rate 0 % .*\b60 requests/);
      expect(report).not.toContain('came later');
    });
  });

  it('a budget counts recorded time: what was faster than it is skipped, and said', async () => {
    const candidate = await shadow();
    const lines = Array.from({ length: 90 }, (_, index) =>
      lineOf({ id: `r${index}`, score: index / 100, arrivedAt: at + index * 100 }),
    );
    const file = writeRecording(join(directory, 'fast.jsonl'), lines);
    const limited = configFor(
      { candidate },
      { experiment: 'budget: {requests: 2 per second, inFlight: 4}\n    warmUp: 0' },
    );
    const report = await replay(file, { config: limited, env: {} });
    expect(armOf(report, 'candidate').conservation).toMatchObject({ compared: 19, skipped: { budget: 71 } });
    expect(report.notes[0]).toMatch(
      /^71 of 90 exchanges were skipped: the recording was at times faster than the budget/,
    );
    const slow = lines.map((line, index) => line.replace(/"arrivedAt":\d+/, `"arrivedAt":${at + index * 1000}`));
    const spread = await replay(writeRecording(join(directory, 'spread.jsonl'), slow), { config: limited, env: {} });
    expect(armOf(spread, 'candidate').conservation).toMatchObject({ compared: 90, skipped: {} });
    expect(spread.notes).not.toContainEqual(expect.stringContaining('budget'));
  });

  it('a budget’s total ends the run, and it is said', async () => {
    const candidate = await shadow();
    const lines = Array.from({ length: 30 }, (_, index) =>
      lineOf({ id: `r${index}`, score: index / 100, arrivedAt: at + index * 5000 }),
    );
    const file = writeRecording(join(directory, 'total.jsonl'), lines);
    const small = configFor({ candidate }, { experiment: 'budget: {total: 12}\n    warmUp: 0' });
    const report = await replay(file, { config: small, env: {} });
    expect(armOf(report, 'candidate').conservation).toMatchObject({ received: 12, compared: 12 });
    expect(report.notes).toContain("the budget's total of 12 requests was used up before the recording ended");
  });

  it('never more is open at an arm than its budget allows, and deadlines are real', async () => {
    let [open, most] = [0, 0];
    const candidate = await shadow(({ reply }) => {
      open += 1;
      most = Math.max(most, open);
      setTimeout(() => {
        open -= 1;
        reply.end(answerOf(0.3, 'v2'));
      }, 20);
    });
    const stuck = await shadow(hanging);
    const lines = Array.from({ length: 60 }, (_, index) =>
      lineOf({ id: `r${index}`, score: index / 100, arrivedAt: at + index * 30_000 }),
    );
    const few = { experiment: 'budget: {requests: 100 per second, inFlight: 4}\n    warmUp: 0' };
    const crowded = writeRecording(
      join(directory, 'crowd.jsonl'),
      lines.map((line, index) => line.replace(/"arrivedAt":\d+/, `"arrivedAt":${at + index}`)),
    );
    const busy = await replay(crowded, { config: configFor({ candidate }, few), env: {} });
    expect(armOf(busy, 'candidate').statuses).toEqual({ ok: 60 });
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(4);
    // Half a minute of recorded time between requests must not end an arm's real half a second, nor may it wait for less.
    const sparse = writeRecording(join(directory, 'sparse.jsonl'), lines.slice(0, 2));
    const hung = configFor({ candidate: stuck }, { ...few, deadline: '500ms' });
    const startedMs = performance.now();
    const late = await replay(sparse, { config: hung, env: {} });
    expect(armOf(late, 'candidate').statuses).toEqual({ timeout: 2 });
    expect(performance.now() - startedMs).toBeGreaterThan(990);
  });

  it('warms up on the first requests, and says so when there were no others', async () => {
    const candidate = await shadow();
    const lines = Array.from({ length: 30 }, (_, index) =>
      lineOf({ id: `r${index}`, score: index / 100, arrivedAt: at }),
    );
    const file = writeRecording(join(directory, 'warm.jsonl'), lines);
    const some = await replay(file, { config: configFor({ candidate }, { experiment: 'warmUp: 10' }), env: {} });
    expect(armOf(some, 'candidate').conservation).toMatchObject({ compared: 20, skipped: { warm_up: 10 } });
    const none = await replay(file, { config: configFor({ candidate }, { experiment: 'warmUp: 50' }), env: {} });
    expect(none.notes).toContain('the recording ended in the warm-up of 50 requests: nothing was judged');
    expect(verdictOf(none, 'candidate.late.flip')).toMatchObject({ verdict: 'UNDECIDED', n: 0 });
  });

  it('duplicates are skipped, in the warm-up too', async () => {
    const candidate = await shadow();
    const lines = ['a', 'a', 'a', 'b', 'c', 'c', 'd'].map((id, index) => lineOf({ id, score: index / 100 }));
    const file = writeRecording(join(directory, 'twice.jsonl'), lines);
    const report = await replay(file, { config: configFor({ candidate }, { experiment: 'warmUp: 2' }), env: {} });
    expect(armOf(report, 'candidate').conservation).toMatchObject({
      received: 7,
      compared: 2,
      skipped: { warm_up: 2, duplicate: 3 },
    });
  });
});

describe('what cannot be replayed', () => {
  const one = [lineOf({ id: 'a', score: 0.3 })];

  it('bad lines are on standard error with their numbers, and the rest is compared', async () => {
    const candidate = await shadow();
    const file = writeRecording(join(directory, 'bad.jsonl'), [
      ...one,
      '{"id":',
      lineOf({ id: 'b', score: 0.4 }),
      '[]',
    ]);
    const { code, stdout, stderr } = await runPenumbra(['replay', file, '--config', configFor({ candidate })]);
    expect(code).toBe(0);
    expect(stderr).toMatch(
      new RegExp(`^${file}:2: .*JSON.*\n${file}:4: a recording requires one exchange a line, not a JSON array\n$`),
    );
    expect(stdout).toContain('note: 2 of 4 lines hold no exchange');
    expect(stdout).toContain('2 received = 2 compared');
  });

  it('alerts are not sent, whatever is violated', async () => {
    const [candidate, receiver] = [await shadow(answering({ change: (score) => 1 - score })), await shadow()];
    // Violated in the first buckets: hundreds of further ticks would send what had been raised.
    const lines = Array.from({ length: 400 }, (_, index) =>
      lineOf({ id: `r${index}`, score: index / 1000, arrivedAt: at + index * 2000 }),
    );
    const file = writeRecording(join(directory, 'violated.jsonl'), lines);
    const config = configFor({ candidate }, { top: `alerts: [{webhook: "${receiver.url}/hook"}]` });
    expect(verdictOf(await replay(file, { config, env: {} }), 'candidate.late.flip')?.verdict).toBe('VIOLATED');
    expect(receiver.seen).toEqual([]);
  });

  it.each([
    ['an empty recording', [], /holds no exchange$/],
    [
      'one without any exchange',
      ['{}'],
      /holds no exchange that could be used\n.*:1: the line requires arrivedAt, .*answer$/,
    ],
    ['a JSON array', ['[', `${one[0]},`, '{', ']'], /:1: a recording requires one exchange a line, not a JSON array\n/],
  ])('%s', async (_, lines, message) => {
    const file = writeRecording(join(directory, `${files++}.jsonl`), lines);
    const config = configFor({ candidate: 'http://127.0.0.1:9' });
    await expect(replay(file, { config, env: {} })).rejects.toThrow(message);
  });

  it('a recording of which every line is refused is no replay, and the first reasons are said', async () => {
    const candidate = await shadow();
    const lines = Array.from({ length: 200 }, (_, index) =>
      lineOf({ id: `r${index}`, score: 0.4, arrivedAt: Date.now() + 86_400_000 + index }),
    );
    const file = writeRecording(join(directory, 'all-future.jsonl'), lines);
    const config = configFor({ candidate });
    const { code, stdout, stderr } = await runPenumbra(['replay', file, '--config', config]);
    expect([code, stdout]).toEqual([1, '']);
    const reason = 'arrivedAt is more than 30 s in the future';
    const reasons = [1, 2, 3].map((line) => `${file}:${line}: ${reason}\n`).join('');
    expect(stderr).toContain(`holds no exchange that could be used\n${reasons}… and 197 more\n`);
    const options = { recording: file, experiment: null, candidate: null, productionPerSecond: null, env: {} };
    const planned = await planRecording(config, options);
    expect(planned).toMatchObject({ exitCode: 1, report: '', refusals: expect.stringContaining('could be used') });
    expect(candidate.seen).toEqual([]);
  });

  it('an arm that cannot be reached ends it with the reason', async () => {
    const file = writeRecording(join(directory, 'one.jsonl'), one);
    const config = configFor({ candidate: 'http://127.0.0.1:9' });
    const { code, stdout, stderr } = await runPenumbra(['replay', file, '--config', config]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('arm "candidate" at http://127.0.0.1:9 cannot be asked: the target is not ready');
  });

  it('production is never asked', async () => {
    const file = writeRecording(join(directory, 'one-more.jsonl'), one);
    const config = configFor({ control: 'production', candidate: 'http://127.0.0.1:9' });
    await expect(replay(file, { config, env: {} })).rejects.toThrow(/arm "control" is production itself/);
  });

  it('a candidate that the experiment does not allow, or an experiment that is not there', async () => {
    const file = writeRecording(join(directory, 'one-again.jsonl'), one);
    const config = configFor({ candidate: 'http://127.0.0.1:9' });
    await expect(replay(file, { config, candidate: 'http://127.0.0.1:8', env: {} })).rejects.toMatchObject({
      code: 'CANDIDATE_NOT_ALLOWED',
    });
    const { code, stderr } = await runPenumbra(['replay', file, '--config', config, '--experiment', 'other']);
    expect(code).toBe(64);
    expect(stderr).toContain('there is no experiment "other"; declared: trial');
  });
});
