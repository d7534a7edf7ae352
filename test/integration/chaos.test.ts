// Small suites with the real comparator and real models in process: what the card says, that it says it twice alike, and how it ends.
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { Card } from '../../src/chaos/card.ts';
import { chaos } from '../../src/commands/chaos.ts';
import { endProcesses, runPenumbra, startPenumbra } from '../support/penumbra-process.ts';
import { models, recordLines, writeRecording } from '../support/recording.ts';
import { answering, type ShadowServer, startShadow } from '../support/shadow-server.ts';

const directory = mkdtempSync(join(tmpdir(), 'penumbra-chaos-test-'));
const servers: ShadowServer[] = [];
afterAll(async () => {
  endProcesses();
  await Promise.all(servers.map((server) => server.close()));
});

let files = 0;
/** A suite of 2 versions × 2 features × 2 faults, and one fault of the whole request. */
function suite(parts: Readonly<Record<string, string>> = {}): string {
  const {
    versions = `{v1: {onnx: ${models}/flight-delay-v1.onnx}, units: {onnx: ${models}/flight-delay-v2-units.onnx}}`,
    traffic = `{rows: ${models}/flight-stream.jsonl.gz, requests: 300}`,
    faults = '{shifted: {perturb: [{scale: each, by: 0.5}]}, dropped: {perturb: [{drop: each, share: 50%}]}, slow: {faults: [{delay: 1ms, share: 20%}]}}',
    rest = '',
  } = parts;
  files += 1;
  const file = join(directory, `${files}.yaml`);
  writeFileSync(
    file,
    `service: flight-delay
production: {url: "http://127.0.0.1:1", protocol: open-inference-v2, slo: {latency: 20s}}
inputs: {card: ${models}/flight-delay-v1.json}
decisions: {late: {output: "probabilities[:,1]", label: above 0.5}}
chaos:
  versions: ${versions}
  traffic: ${traffic}
  features: [dep_delay, seats]
  faults: ${faults}
  expect:
    all: {flip: at most 10%, silentWrong: at most 10%}
    dropped: {silentWrong: at most 5%, relation: loud, minActed: 50}
  warmUp: 20
  deadline: 60s
${rest}`,
  );
  return file;
}

function cellOf(card: Card, wanted: Partial<Card['cells'][number]>) {
  const found = card.cells.filter((cell) =>
    Object.entries(wanted).every(([key, value]) => cell[key as keyof typeof cell] === value),
  );
  expect(found).toHaveLength(1);
  return found[0];
}

describe('a small suite', () => {
  it('has every cell, compares each version with itself, and is the same a second time', async () => {
    const file = suite();
    const card = await chaos(file, { env: {} });
    expect(card.cells).toHaveLength(2 * (2 * 2 + 1) * 2);
    expect(card.traffic.requests).toBe(300);
    const about = { feature: 'dep_delay', fault: 'shifted', metric: 'silent-wrong' } as const;
    const [v1, units] = [cellOf(card, { ...about, version: 'v1' }), cellOf(card, { ...about, version: 'units' })];
    expect(v1?.verdict).toBe('VIOLATED');
    // A model is unlike production by itself; no fault is to blame for that.
    expect(
      cellOf(card, { version: 'units', feature: 'seats', fault: 'shifted', metric: 'flip' })?.estimate,
    ).toBeLessThan(0.02);
    expect(units?.n).toBeGreaterThan(200);
    expect(cellOf(card, { version: 'v1', feature: 'seats', fault: 'dropped', metric: 'silent-wrong' })).toMatchObject({
      estimate: 0,
      relation: 'loud',
      share: 0.5,
    });
    const loud = card.treatments.filter(({ nature }) => nature === 'loud');
    expect(loud.map(({ fault }) => fault)).toEqual(Array(4).fill('dropped'));
    for (const { failed, acted } of loud) expect(failed).toBe(acted);
    expect(card.cells.filter(({ fault }) => fault === 'slow').map(({ feature }) => feature)).toEqual(
      Array(4).fill('whole request'),
    );
    expect(JSON.stringify(await chaos(file, { env: {} }))).toBe(JSON.stringify(card));
  });

  it('asks a recording as well as rows, and hits the same requests in it', async () => {
    const lines = await recordLines({ rows: 200, perSecond: 100 });
    const recording = writeRecording(join(directory, 'flights.jsonl.gz'), lines);
    const versions = `{v1: {onnx: ${models}/flight-delay-v1.onnx}}`;
    const faults = '{zero: {perturb: [{zero: each}]}, dropped: {perturb: [{drop: each, share: 50%}]}}';
    const recorded = await chaos(suite({ versions, faults, traffic: `{recording: ${recording}}` }), { env: {} });
    const rows = `{rows: ${models}/flight-stream.jsonl.gz, requests: 200}`;
    const fromRows = await chaos(suite({ versions, faults, traffic: rows }), { env: {} });
    const counted = ({ cells }: Card) =>
      cells.filter(({ fault }) => fault === 'zero').map(({ n, estimate, verdict }) => [n, estimate, verdict]);
    expect(recorded.traffic.requests).toBe(200);
    expect(counted(recorded)).toEqual(counted(fromRows));
  });

  it('leaves out what has not begun in time, and says so', async () => {
    const card = await chaos(suite({ rest: '  maxTime: 1ms\n' }), { env: {} });
    expect(card.summary).toEqual({ HOLDS: 0, VIOLATED: 0, UNDECIDED: card.cells.length });
    for (const { interval, n } of card.cells) expect([interval, n]).toEqual([[0, 1], 0]);
    expect(card.notes.filter((note) => note.startsWith('left out: '))).toHaveLength(6);
  });
});

describe('versions at URLs', () => {
  it('are asked over the network: a version that ignores its input is indifferent to every fault', async () => {
    const server = await startShadow(answering());
    servers.push(server);
    const versions = `{v1: {onnx: ${models}/flight-delay-v1.onnx}, constant: {url: "${server.url}"}}`;
    const faults = '{zero: {perturb: [{zero: each}]}, dropped: {perturb: [{drop: each, share: 50%}]}}';
    const traffic = `{rows: ${models}/flight-stream.jsonl.gz, requests: 150}`;
    const card = await chaos(suite({ versions, faults, traffic }), { env: {} });
    const about = { version: 'constant', feature: 'dep_delay', metric: 'flip' } as const;
    expect(cellOf(card, { ...about, fault: 'zero' })?.estimate).toBe(0);
    expect(card.sentences[0]).toMatch(/^constant is .* less fragile than v1 to zero dep_delay/);
  });

  it('that are not there end the suite with their name', async () => {
    const versions = '{gone: {url: "http://127.0.0.1:9"}}';
    await expect(chaos(suite({ versions }), { env: {} })).rejects.toThrow(
      'version "gone" at http://127.0.0.1:9 cannot be asked',
    );
  });
});

describe('penumbra chaos', () => {
  it('prints the card, writes it in three forms, and ends as the gate does', async () => {
    const at = (name: string): string => join(directory, name);
    const forms = ['--json', at('card.json'), '--markdown', at('card.md'), '--html', at('card.html')];
    const file = suite();
    const run = await runPenumbra(['chaos', '--config', file, ...forms], { env: { TMPDIR: directory } });
    expect([run.code, run.stdout.split('\n')[0]]).toEqual([10, 'Robustness card: flight-delay']);
    const card = JSON.parse(readFileSync(at('card.json'), 'utf8')) as Card;
    expect(card.summary.VIOLATED).toBeGreaterThan(0);
    expect(readFileSync(at('card.md'), 'utf8')).toContain(card.sentences[0] ?? 'no sentence');
    expect(readFileSync(at('card.html'), 'utf8').match(/<svg /g)?.length).toBeGreaterThanOrEqual(4);
    expect(run.stderr).toContain('untouched requests');
    expect(readdirSync(directory).filter((name) => name.startsWith('penumbra-'))).toEqual([]);
  });

  it('refuses a config without a suite as wrong usage, and a bad one with its place', async () => {
    const without = join(directory, 'without.yaml');
    const text = readFileSync('config/binary-score.yaml', 'utf8').replaceAll('../models', models);
    writeFileSync(without, text);
    const usage = await runPenumbra(['chaos', '--config', without]);
    expect([usage.code, usage.stderr]).toEqual([64, expect.stringContaining('has no section "chaos"')]);
    const bad = suite({ faults: '{zero: {perturb: [{zeros: each}]}}' });
    const refused = await runPenumbra(['chaos', '--config', bad]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`${bad}:9:30: perturbation "zeros" is unknown`);
  });

  it('ends on Ctrl-C and leaves nothing behind', async () => {
    const home = mkdtempSync(join(directory, 'home-'));
    const faults = '{slow: {faults: [{delay: 30s}]}}';
    const file = suite({ faults });
    writeFileSync(file, readFileSync(file, 'utf8').replace(/ {4}dropped: .*\n/, ''));
    const started = startPenumbra(['chaos', '--config', file], { env: { TMPDIR: home } });
    const ours = (): string[] => readdirSync(home).filter((name) => name.startsWith('penumbra-'));
    await vi.waitFor(() => expect(ours().some((name) => name.startsWith('penumbra-replay-'))).toBe(true), 60_000);
    expect(await started.end('SIGINT')).toBe(130);
    expect(ours()).toEqual([]);
    expect(started.stdout()).toBe('');
  });
});
