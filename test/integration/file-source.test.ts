// `source: {file: …}` for `serve`: a capture that GoReplay made, judged by the capture's own time at whatever speed it is read, and a
// recording with thousands of bad lines that loses none of its good ones.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import type { RunView } from '../../src/pipeline/view-types.ts';
import { endProcesses, runPenumbra } from '../support/penumbra-process.ts';
import { models, recordLines, writeRecording } from '../support/recording.ts';
import { type Client, makeFolder, startServe } from '../support/serve-process.ts';

afterEach(endProcesses);

const captured = join(import.meta.dirname, '../fixtures/goreplay/flight-delay.gor.gz');

/** The capture as if it had been made three years earlier, so that no machine's clock stands before it. */
function earlierCapture(): string {
  const text = gunzipSync(readFileSync(captured)).toString('latin1');
  const years = 3n * 365n * 86_400_000_000_000n;
  const shifted = text.replace(/^([12] [0-9a-f]{24}) (\d+)/gm, (_, head, at) => `${head} ${BigInt(at) - years}`);
  const file = join(makeFolder(), 'capture.gor');
  writeFileSync(file, shifted, 'latin1');
  return file;
}

interface Settings {
  readonly path: string;
  readonly speed: string;
  readonly more?: string;
  readonly flip?: string;
}

const configOf = ({ path, speed, more = '', flip = 'at most 1%' }: Settings): string => `service: flight-delay
production: {url: "http://127.0.0.1:9", protocol: open-inference-v2, slo: {latency: 200ms}}
decisions: {late: {output: "probabilities[:,1]", label: above 0.5}}
source: {file: {path: "${path}", speed: "${speed}"}}
bucket: 500ms
store: {path: ./penumbra.db}
api: {listen: "127.0.0.1:0"}
experiments:
  release:
    start: with serve
    warmUp: 20
    maxTime: 1h
    budget: {requests: 500 per second, inFlight: 16}
    arms:
      control: {target: {onnx: ${models}/flight-delay-v1.onnx}, deadline: 2s}
      candidate: {target: {onnx: ${models}/flight-delay-v2.onnx}, deadline: 2s}
    expect: {candidate.late: {flip: ${flip}}}
${more}
`;

interface Health {
  readonly sources: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly seen: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

async function runOf(client: Client): Promise<RunView> {
  const { body } = await client.call('GET', '/v1/runs');
  const [run] = body.runs as RunView[];
  if (run === undefined) throw new Error('no run was started');
  return client.until(run.id, ({ endedAt }) => endedAt !== null);
}

const health = async (client: Client): Promise<Health> => (await client.call('GET', '/v1/health')).body as Health;

describe('a GoReplay capture', () => {
  it('as fast as possible: every exchange counts in its own time, and the run ends with the file', async () => {
    const { client } = await startServe(configOf({ path: earlierCapture(), speed: 'as fast as possible' }));
    const run = await runOf(client);
    const [control, candidate] = run.arms;
    expect(candidate?.conservation).toEqual({
      received: 239,
      compared: 218,
      skipped: { warm_up: 20, production_failed: 1 },
      dropped: {},
      inFlight: 0,
    });
    expect(control?.statuses).toEqual({ ok: 218 });
    expect(new Date(run.scoringSince ?? 0).toISOString()).toMatch(/^2023-11-23T03:50:3/);
    const { sources, seen } = await health(client);
    expect(seen.file).toEqual({ lines: 247, exchanges: 245, replayed: 0, counted_before: 0, is_read: 1 });
    expect(sources.file).toMatchObject({ malformed: 1, no_answer: 1, no_request: 0 });
  });

  it('at twice its speed it takes half its time', async () => {
    const startedMs = performance.now();
    const { client } = await startServe(configOf({ path: earlierCapture(), speed: '2x' }));
    const run = await runOf(client);
    // 2.2 s were recorded, the first 20 of 239 requests are the warm-up.
    expect(performance.now() - startedMs).toBeGreaterThan(900);
    expect(run.arms[1]?.conservation.compared).toBeGreaterThan(100);
    expect(run.arms[1]?.conservation.dropped).toEqual({});
  });
});

describe('a recording of one exchange a line', () => {
  it('gives the same as penumbra replay, whatever else stands in it', async () => {
    const folder = makeFolder();
    const good = await recordLines({ rows: 120, perSecond: 40 });
    const bad = ['{', 'null', '[1]', '{"id":"x"}', '\0'];
    const lines = good.flatMap((line, index) => [
      line,
      ...Array.from({ length: index < 100 ? 100 : 0 }, (_, at) => bad[at % 5] ?? ''),
    ]);
    const path = writeRecording(join(folder, 'recording.jsonl.gz'), lines);
    const config = configOf({ path, speed: 'as fast as possible' });
    const { client, process, configFile } = await startServe(config, { folder });
    const run = await runOf(client);
    expect((await health(client)).sources.file).toMatchObject({ malformed: 10_000, broken_off: 0 });
    expect(run.arms[1]?.conservation).toMatchObject({ received: 120, compared: 100, dropped: {} });
    expect(await process.end('SIGTERM')).toBe(0);
    const { stdout } = await runPenumbra(['replay', path, '--config', configFile, '--format', 'json']);
    const replayed = JSON.parse(stdout) as { arms: { name: string; conservation: { compared: number } }[] };
    expect(replayed.arms.map(({ conservation }) => conservation.compared)).toEqual([100, 100]);
  });

  it('a restart counts nothing twice', async () => {
    const folder = makeFolder();
    const path = writeRecording(join(folder, 'recording.jsonl'), await recordLines({ rows: 200, perSecond: 20 }));
    const config = configOf({ path, speed: '4x' });
    const first = await startServe(config, { folder });
    const { id } = (await first.client.call('GET', '/v1/runs')).body.runs[0] as RunView;
    await first.client.until(id, ({ arms }) => (arms[1]?.conservation.compared ?? 0) > 0);
    expect(await first.process.end('SIGTERM')).toBe(0);
    writeFileSync(join(folder, 'penumbra.yaml'), config);
    const second = await startServe(configOf({ path, speed: 'as fast as possible' }), { folder });
    const run = await second.client.until(id, ({ endedAt }) => endedAt !== null);
    const { compared = 0, dropped = {}, skipped = {} } = run.arms[1]?.conservation ?? {};
    expect(compared + (dropped.restart ?? 0) + (skipped.warm_up ?? 0)).toBe(200);
    expect((await health(second.client)).seen.file?.counted_before).toBeGreaterThan(0);
  });
});

describe('refused', () => {
  it('a recording that is not there stops the start', async () => {
    const config = configOf({ path: '/nowhere/recording.jsonl', speed: '1x' });
    await expect(startServe(config)).rejects.toThrow('the recording /nowhere/recording.jsonl cannot be read: ENOENT');
  });
});
