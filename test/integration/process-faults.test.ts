// Pods that penumbra starts, and strikes while traffic runs: one that comes back right recovers, one that answers zeros until it is warm
// is found silently wrong; whatever ends a run, nothing stands still and nothing stays behind.
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunView } from '../../src/pipeline/view-types.ts';
import { endProcesses, isAlive, type PenumbraProcess } from '../support/penumbra-process.ts';
import { type Client, type Comparator, configOf, postExchanges, startServe } from '../support/serve-process.ts';
import { type ShadowServer, startShadow } from '../support/shadow-server.ts';

const servers: ShadowServer[] = [];
const comparators: Comparator[] = [];

afterAll(async () => {
  for (const { process: serve } of comparators) await serve.end('SIGTERM');
  for (const pid of comparators.flatMap((one) => podsOf(one.process))) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  endProcesses();
  await Promise.all(servers.map((server) => server.close()));
});

const node = JSON.stringify(process.execPath);
const pod = `command: [${node}, ${JSON.stringify(resolve('test/support/plain-pod.mjs'))}]`;

/** An experiment that starts on request. `arms` and `expect` are lines of YAML. */
function experiment(
  name: string,
  { arms, expect: claims }: { arms: readonly string[]; expect: readonly string[] },
): string {
  return `  ${name}:
    arms:
${arms.map((line) => `      ${line}`).join('\n')}
    expect:
${claims.map((line) => `      ${line}`).join('\n')}
    stopWhen: [production.errors above 50%]
    start: on request
    alone: false
    warmUp: 0
    readyTimeout: 5s
    budget: {requests: 2000 per second, inFlight: 2000}
`;
}

async function serve(experiments: readonly string[]): Promise<Comparator> {
  // This machine may be slow: a wrong answer later than the SLO would not be silent.
  const config = configOf({ experiments: experiments.join('') });
  const comparator = await startServe(
    config.replace('slo: {latency: 200ms}', 'slo: {latency: 3s}').replace('joinDeadline: 500ms', 'joinDeadline: 4s'),
  );
  comparators.push(comparator);
  return comparator;
}

/** The pids of the pods that this comparator started, in order. */
function podsOf({ stderr }: PenumbraProcess): number[] {
  const lines = stderr()
    .split('\n')
    .filter((line) => line.includes('"msg":"pod started"'));
  return lines.map((line) => Number(/"pid":(\d+),"command"/.exec(line)?.[1]));
}

const stateOf = (pid: number): string => /^State:\s+(\w)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';

const strikesOf = (run: RunView) => Object.fromEntries(run.arms.map((arm) => [arm.name, arm.strikes]));
const verdictsOf = (run: RunView) =>
  Object.fromEntries(run.arms.flatMap(({ hypotheses }) => hypotheses.map((one) => [one.id, one.verdict] as const)));

/** Each pod was struck twice and has come back twice, and nothing that is asked of them is open. */
function isSeen(run: RunView): boolean {
  const strikes = Object.values(strikesOf(run)).filter((one) => one !== undefined);
  const claims = Object.entries(verdictsOf(run)).filter(([id]) => /recovered|silent-wrong/.test(id));
  return (
    strikes.every(({ count, recovered }) => count >= 2 && recovered >= 2) &&
    claims.every(([, verdict]) => verdict !== 'UNDECIDED')
  );
}

/** A hundred exchanges a second for as long as it takes, two minutes at most. */
async function postUntil(client: Client, isEnough: () => Promise<boolean>): Promise<void> {
  const posting: Promise<unknown>[] = [];
  for (let second = 0; second < 120 && !(await isEnough()); second++) {
    posting.push(postExchanges(client, 100, { perSecond: 100 }));
    await new Promise((resume) => setTimeout(resume, 1000));
  }
  await Promise.all(posting);
}

async function control(): Promise<ShadowServer> {
  const server = await startShadow();
  servers.push(server);
  return server;
}

describe('a pod that is struck while traffic runs', () => {
  it('recovers when it comes back right, and is silently wrong when it answers zeros until it is warm', async () => {
    const { url } = await control();
    // A busy machine starts a pod in seconds.
    const often = 'every: 6s, after: 500ms, settle: 4s';
    const { client, process: started } = await serve([
      experiment('recovery', {
        arms: [
          `control: {target: {url: "${url}"}, deadline: 3s}`,
          `killed: {target: {${pod}}, faults: [{kill: SIGKILL, ${often}}], deadline: 3s}`,
          `cold: {target: {${pod}, env: {COLD_REQUESTS: 20}}, faults: [{coldStart: pod, ${often}}], deadline: 3s}`,
          `frozen: {target: {${pod}}, faults: [{pause: 500ms, ${often}}], deadline: 3s}`,
        ],
        expect: [
          // Not decided so soon: the run goes on until it is stopped.
          'control.d: {flip: at most 0.01%}',
          'killed.d: {recovered: {within: 5s, share: at least 80%}, silentWrong: at most 5%}',
          'cold.d: {recovered: {within: 5s, share: at least 80%}, silentWrong: at most 5%}',
          'frozen.d: {recovered: {within: 5s, share: at least 80%}, silentWrong: at most 5%}',
        ],
      }),
    ]);
    const { id } = await client.startRun('recovery');
    await postUntil(client, async () => isSeen(await client.run(id)));
    const run = await client.run(id);
    const verdicts = verdictsOf(run);
    expect(verdicts).toMatchObject({
      'killed.d.recovered.sensitive': 'HOLDS',
      'cold.d.recovered.sensitive': 'HOLDS',
      'frozen.d.recovered.sensitive': 'HOLDS',
      'killed.d.silent-wrong': 'HOLDS',
      'cold.d.silent-wrong': 'VIOLATED',
    });
    const strikes = strikesOf(run);
    expect(strikes.control).toBeUndefined();
    for (const name of ['killed', 'cold', 'frozen']) {
      expect(strikes[name]?.count).toBeGreaterThanOrEqual(2);
      expect(strikes[name]?.recovered).toBeGreaterThanOrEqual(2);
    }
    // What stands still for less than the deadline loses nothing, and a cold start may be too quick to.
    expect(strikes.killed?.lost).toBeGreaterThan(0);
    expect(strikes.frozen?.lost).toBe(0);
    expect([strikes.killed?.wrong, strikes.frozen?.wrong]).toEqual([0, 0]);
    expect(strikes.cold?.wrong).toBeGreaterThanOrEqual(20);
    expect(strikes.frozen?.firstCorrectMs?.median).toBeGreaterThan(400);
    const { text } = await client.call('GET', '/metrics');
    expect(text).toMatch(/^penumbra_process_strikes\{experiment="recovery",arm="killed",[^}]*\} [1-9]\d*$/m);
    expect(text).toMatch(
      /^penumbra_process_harmed_requests\{experiment="recovery",arm="cold",harm="wrong",[^}]*\} \d\d/m,
    );

    const { body } = await client.call('POST', `/v1/runs/${id}/stop`, { reason: 'seen enough' });
    expect(body.state).toBe('STOPPED');
    expect((await client.run(id)).arms.find(({ name }) => name === 'cold')?.strikes?.count).toBeGreaterThanOrEqual(2);
    await expect.poll(() => podsOf(started).filter(isAlive)).toEqual([]);
  });
});

describe('a run that must end', () => {
  const claim = 'own.d: {silentWrong: at most 20%}';
  const pausing = 'faults: [{pause: 20s, every: 30s, after: 100ms}], deadline: 300ms';
  let comparator: Comparator;
  /** Stands for a pod that others started. */
  let others: ChildProcess;
  const startOf = (name: string) => comparator.client.call('POST', '/v1/runs', { experiment: name });
  const ownPod = (): number => podsOf(comparator.process).at(-1) ?? 0;

  beforeAll(async () => {
    const { url } = await control();
    others = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    const hook = (code: string): string => JSON.stringify([process.execPath, '-e', code]);
    const signalled = (signal: string): string => hook(`process.kill(${others.pid}, '${signal}')`);
    const failing = `hooks: {kill: ${hook("console.error('forbidden'); process.exit(1)")}}`;
    const ending = hook("console.error('no model'); process.exit(3)");
    const kill = (after: string): string => `faults: [{kill: SIGKILL, every: 2s, after: ${after}}], deadline: 300ms`;
    const own = (arm: string): { arms: string[]; expect: string[] } => ({ arms: [`own: {${arm}}`], expect: [claim] });
    comparator = await serve([
      experiment('unknown', own(`target: {command: no-such-program --port 1}, ${kill('1s')}`)),
      experiment('ends', own(`target: {command: ${ending}}, ${kill('1s')}`)),
      experiment('hook', own(`target: {url: "${url}"}, ${kill('100ms')}, ${failing}`)),
      experiment('frozen', own(`target: {${pod}}, ${pausing}`)),
      experiment(
        'elsewhere',
        own(
          `target: {url: "${url}"}, ${pausing}, hooks: {pause: ${signalled('SIGSTOP')}, resume: ${signalled('SIGCONT')}}`,
        ),
      ),
    ]);
  });

  afterAll(() => void others.kill('SIGKILL'));

  it.each([
    ['unknown', 'the command no-such-program --port 1 could not be started'],
    ['ends', 'ended by itself (exit code 3): no model'],
  ])('a command that cannot run stops its start: %s', async (name, why) => {
    expect(await startOf(name)).toMatchObject({ status: 409, text: expect.stringContaining(why) });
  });

  it('a hook that fails aborts the run, with its last words', async () => {
    const { body } = await startOf('hook');
    const run = await comparator.client.until(body.id, ({ state }) => state === 'ABORTED');
    expect(run.endReason).toMatch(
      /^kill of own could not be done: the hook kill \(.*\) ended with exit code 1: forbidden$/,
    );
  });

  it('the kill switch lets paused pods go on, and stops those that penumbra started', async () => {
    const { client } = comparator;
    const { id } = await client.startRun('frozen');
    await client.startRun('elsewhere');
    const [own, elsewhere] = [ownPod(), others.pid as number];
    await expect.poll(() => [stateOf(own), stateOf(elsewhere)]).toEqual(['T', 'T']);
    await client.call('POST', '/v1/kill', { reason: 'enough' });
    await expect.poll(() => isAlive(own)).toBe(false);
    await expect.poll(() => stateOf(elsewhere)).toBe('S');
    expect((await client.run(id)).state).toBe('ABORTED');
    expect(await startOf('frozen')).toMatchObject({ status: 409 });
    await client.call('POST', '/v1/kill/release', { reason: 'seen' });
  });

  it('the end of the comparator stops its pods, paused or not', async () => {
    await comparator.client.startRun('frozen');
    const own = ownPod();
    await expect.poll(() => stateOf(own)).toBe('T');
    expect(await comparator.process.end('SIGTERM')).toBe(0);
    expect(isAlive(own)).toBe(false);
  });
});
