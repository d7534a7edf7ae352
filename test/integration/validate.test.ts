// `penumbra validate` and `penumbra plan` as people meet them: what is printed where, and the exit code.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { plan } from '../../src/commands/plan.ts';
import { validate } from '../../src/commands/validate.ts';
import { checkConfigText } from '../../src/config/load.ts';
import { soundConfig } from '../support/bad-config.ts';

const directory = mkdtempSync(join(tmpdir(), 'penumbra-validate-'));
afterAll(() => rmSync(directory, { recursive: true }));
const entry = resolve('test/support/run-config-command.ts');
const flights = 'config/flight-delay.yaml';

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function run(...flags: string[]): Promise<Ended> {
  return new Promise((done) => {
    execFile(process.execPath, ['--import', 'tsx', entry, ...flags], (error, out, err) => {
      done({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err });
    });
  });
}

function write(name: string, text: string): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}

describe('validate', () => {
  it('says ok and what every hypothesis means', async () => {
    const { code, out, err } = await run('validate', flights);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^config\/flight-delay.yaml: ok\n/);
    expect(out).toContain('flip rate at most 5%: the label differs from production’s');
    expect(out).toContain('error rate no more than control + 0.5%: the arm answered with an error');
    expect(out).toContain('required · alpha 0.27 % for "over limit", 1 % for "within limit"');
  });

  it('prints every error with its place on standard error and exits 1', async () => {
    const file = write('bad.yaml', soundConfig.replace('200ms', '200').replace('at most 5%', '5%'));
    const { code, out, err } = await run('validate', file);
    expect([code, out]).toEqual([1, '']);
    expect(err.split('\n')).toEqual([
      expect.stringMatching(`^${file}:5:18: production.slo.latency requires a duration`),
      expect.stringMatching(`^${file}:18:30: experiments.release.expect.candidate.late.flip requires "at most 5%"`),
      '',
    ]);
  });

  it.each([
    [['validate']],
    [['validate', flights, '--bogus']],
    [['plan', flights, '--rate', 'fast']],
    [['plan', flights, '--experiment', 'nothing']],
  ])('wrong usage exits 64: %s', async (flags) => {
    const { code, out } = await run(...flags);
    expect([code, out]).toEqual([64, '']);
  });

  it('--help teaches the smallest config, and that config is valid', async () => {
    const { code, out } = await run('validate', '--help');
    expect(code).toBe(0);
    const taught = /The smallest config:\n([\s\S]*?)\n\n/.exec(out)?.[1] ?? '';
    const { errors } = checkConfigText(taught.replaceAll(/^ {2}/gm, ''), { env: {}, directory });
    expect([taught.length > 100, errors]).toEqual([true, []]);
  });

  it('--effective prints a config that means the same', async () => {
    const { report, exitCode } = await validate(flights, { effective: true, env: {} });
    expect(exitCode).toBe(0);
    expect(report).toContain('total: 100000');
    const again = await validate(write('again.yaml', report), { effective: true, env: {} });
    expect(again.report).toBe(report);
  });

  it('an ONNX file that is none is found, with its place', async () => {
    const file = write('onnx.yaml', soundConfig.replace('{url: http://127.0.0.1:8082}', '{onnx: not.onnx}'));
    write('not.onnx', 'this is no model');
    const { problems, exitCode } = await validate(file, { effective: false, env: {} });
    expect([exitCode, problems]).toEqual([1, expect.stringMatching(`^${file}:15:34: .*not.onnx`)]);
  });

  it('a model without the output that is decided by is found', async () => {
    const model = resolve('models/flight-delay-v2.onnx');
    const file = write('output.yaml', soundConfig.replace('{url: http://127.0.0.1:8082}', `{onnx: ${model}}`));
    const { problems } = await validate(file, { effective: false, env: {} });
    expect(problems).toMatch(/15:34: .*has no output p, eta that decisions read; its outputs: .*probabilities/);
  });

  it('warnings are printed and do not fail', async () => {
    const file = write(
      'warned.yaml',
      soundConfig.replace('      slow.late: {silentWrong: at most 1%, relation: loud}\n', ''),
    );
    const { problems, exitCode } = await validate(file, { effective: false, env: {} });
    expect([exitCode, problems]).toEqual([
      0,
      `${file}:16:7: warning: nothing is expected of slow: it costs requests and is never judged\n`,
    ]);
  });

  it('a file that is not there', async () => {
    const { problems, exitCode } = await validate(join(directory, 'none.yaml'), { effective: false, env: {} });
    expect([exitCode, problems]).toEqual([1, expect.stringContaining('cannot be read')]);
  });
});

describe('plan', () => {
  const options = { experiment: null, productionPerSecond: 70, env: {} };

  it('says what would be sent, what stops it and how long each hypothesis takes', async () => {
    const { code, out, err } = await run('plan', flights, '--rate', '70', '--experiment', 'robustness');
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(
      'sends     50 requests/s to each arm (production is assumed to get 70 requests/s; 71.4 % of it is used, capped by',
    );
    expect(out).toContain('- no-dep_delay (fault): http://127.0.0.1:8081, zero in 20 %, deadline 1s');
    expect(out).toContain(
      'production.p99 above 250ms: proven, in windows of 1s, that more than 1 % of production’s requests take longer\n',
    );
    expect(out).toMatch(
      /noticed at 70 requests\/s: 2 % after about \d+s, 5 % after about \d+s, all requests after about 4s/,
    );
    expect(out).toContain('by mistake in at most 1 % of runs while production is within all of these limits\n');
    expect(out).toContain('also when no request of production was seen for 30s');
    expect(out).toContain(
      'control.late.flip: at most 1%\n            within limit after 558 requests (24s) if it never happens',
    );
    expect(out).toContain('only requests on which the fault acts count: 30 %');
    expect(out).not.toContain('release');
  });

  it('counts faults: 558 acted requests at 30 % and 50 a second take 37.2 s and a bucket', () => {
    expect(plan(flights, options).report).toMatch(
      /silent-wrong.loud: .*\n {12}within limit after 558 requests \(50s\)/,
    );
  });

  it('refuses what cannot finish in its time', () => {
    const { refusals, exitCode } = plan(flights, { ...options, productionPerSecond: 0.2, experiment: 'release' });
    expect(exitCode).toBe(1);
    expect(refusals).toBe(
      'release: control.late.flip needs 47m at 0.2 requests/s, and maxTime is 30m\n' +
        'release: candidate.error needs 93m at 0.2 requests/s, and maxTime is 30m\n' +
        'release: the gate’s minPairs of 1,000 needs 84m at 0.2 requests/s, and maxTime is 30m\n',
    );
  });

  it('refuses what the budget or maxPairs does not allow', () => {
    const file = write(
      'few.yaml',
      soundConfig.replace('    gate: {minPairs: 1000, maxTime: 30m}', '    maxPairs: 100'),
    );
    const { refusals, exitCode } = plan(file, options);
    expect([exitCode, refusals]).toEqual([
      1,
      expect.stringContaining('needs 110 requests per arm, and the budget or maxPairs allows 100'),
    ]);
  });

  it('says how long a stop condition needs where requests are rare, and what minCount and windows ask besides', () => {
    expect(plan(flights, { ...options, productionPerSecond: 2 }).report).toMatch(
      /noticed at 2 requests\/s: 2 % after about \d+m, 5 % after about \d+m, all requests after about 4s/,
    );
    const stop = 'stopWhen: [{when: production.errors above 5%, minCount: 20, windows: 3}]';
    const file = write('stops.yaml', soundConfig.replace(/stopWhen: .*/, stop));
    expect(plan(file, { ...options, productionPerSecond: 2 }).report).toContain(
      'windows are joined until they hold 20 requests; the last 3 windows in a row must be over, too\n',
    );
  });

  it('without a rate assumes that the budget is used up', () => {
    expect(plan(flights, { ...options, productionPerSecond: null }).report).toContain(
      '50 requests/s to each arm (production is assumed to get 50 requests/s; 100 % of it is used)',
    );
  });

  it('a config with only a suite says what the suite does; without anything there is nothing to plan', () => {
    const suite = join(import.meta.dirname, '../../config/chaos.yaml');
    expect(plan(suite, options)).toMatchObject({
      exitCode: 0,
      report: expect.stringContaining('2 versions × 62 places'),
      refusals: '',
    });
    const watched = write(
      'watched.yaml',
      `service: demo
production: {url: "http://127.0.0.1:8080", protocol: open-inference-v2, slo: {latency: 200ms}}
decisions: {late: {output: p, label: above 0.5}}
watch: {late: {collapse: at most 5%}}
`,
    );
    expect(plan(watched, options)).toMatchObject({
      exitCode: 64,
      report: '',
      refusals: 'there is no experiment to plan; the config declares none\n',
    });
  });

  it('an invalid config is refused with its places', () => {
    const file = write('invalid.yaml', 'service: 5\n');
    expect(plan(file, options)).toMatchObject({
      exitCode: 1,
      report: '',
      refusals: expect.stringContaining(`${file}:1:10: service requires text`),
    });
  });
});
