// `penumbra gate --recording`: the gate decided on recorded flights, with real models in process and no comparator anywhere.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decideOnRecording } from '../../src/commands/gate/on-recording.ts';
import { endProcesses, runPenumbra } from '../support/penumbra-process.ts';
import { models, recordedFrom, recordLines, writeRecording } from '../support/recording.ts';

afterAll(endProcesses);
const directory = mkdtempSync(join(tmpdir(), 'penumbra-test-'));
let lines: string[];
let recording: string;
beforeAll(async () => {
  lines = await recordLines({ rows: 1000, perSecond: 20 });
  recording = writeRecording(join(directory, 'flights.jsonl.gz'), lines);
});

let files = 0;
function configWith({ gate = '{minPairs: 300, maxTime: 30m}', control = true, bucket = '10s' } = {}): string {
  files += 1;
  const file = join(directory, `${files}.yaml`);
  const twin = `control: {target: {onnx: ${models}/flight-delay-v1.onnx}, deadline: 20s}`;
  writeFileSync(
    file,
    `service: flight-delay
bucket: ${bucket}
production: {url: "http://127.0.0.1:1", protocol: open-inference-v2, slo: {latency: 200ms}}
inputs: {card: ${models}/flight-delay-v1.json}
decisions:
  late: {output: "probabilities[:,1]", label: above 0.5}
pipelines: {github: {secret: "\${env:NOT_HERE}", token: "\${env:NOT_HERE}", experiment: release}}
experiments:
  release:
    arms:
      ${control ? twin : ''}
      candidate: {target: {onnx: ${models}/flight-delay-v2.onnx}, deadline: 20s}
    candidates: ["${models}/*.onnx"]
    expect:
      candidate.late: {flip: at most 5%}
      candidate: {error: at most 5%}
    stopWhen: [production.errors above 20%]
    gate: ${gate}
    warmUp: 20
`,
  );
  return file;
}

const refuse = (why: string): never => {
  throw new Error(`refused: ${why}`);
};
const decide = (config: string, more: { file?: string; candidate?: string } = {}) =>
  decideOnRecording(
    { file: more.file ?? recording, config, experiment: null, candidate: more.candidate ?? null, env: {} },
    refuse,
  );

describe('the gate on a recording', () => {
  it('passes a sound candidate, and says that it was a recording', async () => {
    const answer = await decide(configWith());
    expect(answer).toMatchObject({
      verdict: 'PASS',
      exitCode: 0,
      final: true,
      candidate: { digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/), version: expect.stringMatching(/^v2\+/) },
      productionVersion: expect.stringMatching(/^v1\+/),
      basis: { type: 'recording', file: recording, from: recordedFrom, exchanges: 1000 },
      notes: [
        expect.stringContaining('freshness does not bind on a recording, recorded from 2026-03-01T08:00:00.000Z'),
        'stop conditions on production do not bind on a recording',
      ],
    });
  });

  it('needs no control, and fails the mix-up of units, as a process with its exit code and reports', async () => {
    const config = configWith({ control: false });
    const candidate = join(models, 'flight-delay-v2-units.onnx');
    const { code, stdout, stderr } = await runPenumbra(
      ['gate', '--recording', recording, '--config', config, '--candidate', candidate, '--format', 'junit'],
      {},
    );
    expect([code, stderr]).toEqual([10, '']);
    expect(stdout).toContain('<failure type="FAIL"');
    expect(stdout).toContain('decided on the recording');
  });

  it('holds by the gate’s own policy: too few pairs, too short a time', async () => {
    expect(await decide(configWith({ gate: '{minPairs: 5000, maxTime: 30m}' }))).toMatchObject({ verdict: 'NO_DATA' });
    const short = await decide(configWith({ gate: '{minPairs: 500, maxTime: 23s}', bucket: '1s' }));
    expect(short).toMatchObject({ verdict: 'NO_DATA', reasonCode: 'too_few_pairs' });
    expect(short.pairs).toBeLessThan(470);
  });

  it('never passes what is no recording, or hardly one', async () => {
    const config = configWith();
    const empty = writeRecording(join(directory, 'empty.jsonl'), []);
    expect(await decide(config, { file: empty })).toMatchObject({ verdict: 'ERROR', reasonCode: 'recording_unusable' });
    expect(await decide(config, { file: join(directory, 'nosuch') })).toMatchObject({ verdict: 'ERROR' });
    const holed = lines.map((line, index) => (index % 10 === 5 ? '{' : line));
    const file = writeRecording(join(directory, 'holed.jsonl'), holed);
    expect(await decide(config, { file })).toMatchObject({ verdict: 'BIASED', reasonCode: 'recording_unread' });
  });

  it('wrong usage is 64, never a verdict', async () => {
    const config = configWith();
    expect(readFileSync(config, 'utf8')).toContain('NOT_HERE');
    await expect(decide(join(directory, 'nosuch.yaml'))).rejects.toThrow(/^refused/);
    for (const args of [
      ['--recording', recording],
      ['--config', config, '--run', 'r1'],
      ['--recording', recording, '--config', config, '--run', 'r1'],
      ['override', '--run', 'r1', '--reason', 'x', '--ticket', 'T'],
    ]) {
      expect((await runPenumbra(['gate', ...args], {})).code, args.join(' ')).toBe(64);
    }
  });
});
