// The dry run says the worst that an experiment can do to every target and every dependency, and does nothing itself.
import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { plan } from '../../../../src/commands/plan.ts';
import { validate } from '../../../../src/commands/validate.ts';

const directory = mkdtempSync(join(tmpdir(), 'penumbra-plan-'));
afterAll(() => rmSync(directory, { recursive: true }));

const query = 'sum(rate(http_requests_total{code=~"5.."}[1m]))';
const written = `service: s
production: {url: "http://127.0.0.1:1", protocol: open-inference-v2, slo: {latency: 200ms}}
inputs: [{name: speed, at: "f[0]"}]
decisions: {late: {output: p, label: above 0.5}}
dependencies:
  feature-store:
    protocol: http
    listen: 127.0.0.1:7001
    upstream: http://127.0.0.1:7000
    callsPerRequest: 3
    caps: {requests: 100 per second, inFlight: 16}
  prices: {protocol: tcp, listen: "127.0.0.1:7003", upstream: "127.0.0.1:7004"}
experiments:
  robustness:
    arms:
      control: {target: {url: "http://127.0.0.1:2"}}
      zeroed: {target: {url: "http://127.0.0.1:2"}, perturb: [{zero: speed, share: 20%}]}
      slow: {target: {url: "http://127.0.0.1:3"}, faults: [{delay: 300ms, jitter: 50ms, share: 30%}]}
    expect:
      control.late: {flip: at most 1%}
    warmUp: 10
    maxTime: 10m
    budget: {requests: 20 per second, inFlight: 8, body: 1MiB, bytes: 2MiB per second, total: 5000}
    stopWhen:
      - production.p99 above 250ms
      - {prometheus: "http://127.0.0.1:4", query: '${query.replaceAll("'", "''")}', above: 0.5, every: 5s}
`;

function fileOf(text: string): string {
  const file = join(directory, 'penumbra.yaml');
  writeFileSync(file, text);
  return file;
}

const planned = (text: string) => plan(fileOf(text), { experiment: null, productionPerSecond: 70, env: {} });

describe('the worst case', () => {
  const { report } = planned(written);

  it('of a target is that of all arms that ask it', () => {
    expect(report).toContain(
      'at worst  http://127.0.0.1:2 (control, zeroed): 40 requests/s after at most 40 at once, 16 open, 4 MiB/s, 10,020 requests, warm-up included, and 2.6 GiB in the run\n',
    );
    expect(report).toContain(
      '            http://127.0.0.1:3: 20 requests/s after at most 20 at once, 8 open, 2 MiB/s, 5,010 requests, warm-up included, and 1.3 GiB in the run\n',
    );
  });

  it('of a dependency is what all pods may call, as far as its proxy lets it through', () => {
    expect(report).toContain(
      'behind    feature-store: 180 calls/s and 45,090 in the run (3 arms, if all of them use it × 3 per request), more if a pod retries; its proxy lets 100 calls/s and 16 under way through, and refuses the rest\n',
    );
  });

  it('of a dependency whose calls nobody declared is said to be at least one a request', () => {
    expect(report).toContain(
      'prices: 60 calls/s and 15,030 in the run (3 arms, if all of them use it × 1 per request), more if a request calls it more than once or a pod retries; its proxy lets 1000 connections/s and 256 under way through\n',
    );
  });

  it('without declared dependencies is unknown, and that is said', () => {
    const bare = written.replace(/dependencies:[\s\S]*?experiments:/, 'experiments:');
    expect(planned(bare).report).toContain(
      'behind    no dependencies are declared: what the pods call behind themselves is neither counted nor capped here\n',
    );
  });
});

describe('a plan', () => {
  const { report } = planned(written);

  it('says how hard every arm is struck, in the config’s own words', () => {
    expect(report).toMatch(
      /does {6}zeroed: \{zero: .*speed.*, share: 20%\}\n {12}slow: \{delay: 300ms, jitter: 50ms, share: 30%\}/,
    );
  });

  it('states a false-abort rate where there is one, and says where there is none', () => {
    expect(report).toContain('by mistake in at most 1 % of runs while production is within this limit\n');
    expect(report).toContain(
      `${query} above 0.5 at http://127.0.0.1:4: asked every 5s: 3 answers in a row above 0.5; 3 × 5s without an answer of exactly one number that is not old; a run does not start while either is so; how often it aborts by mistake depends on the query and cannot be stated\n`,
    );
  });

  it('and a check open no socket', async () => {
    let opened = 0;
    const count = (): void => {
      opened += 1;
    };
    const sockets = channel('net.client.socket');
    sockets.subscribe(count);
    try {
      expect(planned(written).exitCode).toBe(0);
      const { exitCode, report } = await validate(fileOf(written), { effective: false, env: {} });
      expect([exitCode, report]).toEqual([0, expect.stringContaining(`stops when ${query} above 0.5`)]);
      expect(opened).toBe(0);
      // The test of the test: a socket would have been seen.
      const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const socket = connect((server.address() as { port: number }).port, '127.0.0.1');
      await once(socket, 'close');
      server.close();
      expect(opened).toBe(1);
    } finally {
      sockets.unsubscribe(count);
    }
  });
});
