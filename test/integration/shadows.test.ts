// Shadows that misbehave, as candidate under a gate and as fault arm that must be loud: never PASS, never HOLDS on loud.
// Beside each stands a healthy one, so that the check is known to be able to pass.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askGate } from '../../src/commands/gate/ask.ts';
import type { Verdict } from '../../src/model.ts';
import type { RunView } from '../../src/pipeline/view-types.ts';
import { unusedUrl } from '../support/evil-server.ts';
import { endProcesses, runPenumbra } from '../support/penumbra-process.ts';
import { type Client, configOf, postExchanges, quick, startServe } from '../support/serve-process.ts';
import {
  answering,
  answerOf,
  dripping,
  failing,
  hanging,
  type ShadowBehaviour,
  type ShadowServer,
  saying,
  startShadow,
} from '../support/shadow-server.ts';

const servers: ShadowServer[] = [];
let client: Client;
let runs: readonly RunView[];

/** Misbehaves on every other request. */
function half(bad: ShadowBehaviour): ShadowBehaviour {
  let asked = 0;
  const good = answering();
  return (given) => {
    asked += 1;
    (asked % 2 === 0 ? bad : good)(given);
  };
}

const flipped = answering({ change: (score) => 1 - score });

/** The behaviour, and the gate's exit code. Who never answers and has no declared version is
 * nobody: ERROR before anything else. Who refuses connections cannot even say a declared one. */
const behaviours: Readonly<Record<string, { behave: ShadowBehaviour | 'refuse'; exit: number }>> = {
  healthy: { behave: answering({ version: 'v2' }), exit: 0 },
  refuses: { behave: 'refuse', exit: 20 },
  nobody: { behave: hanging, exit: 20 },
  hangs: { behave: hanging, exit: 12 },
  garbage: { behave: saying('<html>I am a model</html>'), exit: 12 },
  nonsense: { behave: saying(JSON.stringify({ outputs: [{ name: 'probabilities', data: 'x' }] })), exit: 12 },
  otherOutputs: { behave: saying(answerOf(0.5).replace('probabilities', 'logits')), exit: 12 },
  noNumbers: { behave: saying(answerOf(0.5).replace(/\[0\.5,0\.5\]/, '[NaN,NaN]')), exit: 12 },
  errors: { behave: failing(500), exit: 10 },
  redirects: {
    behave: ({ reply }) => {
      reply.writeHead(302, { location: 'http://127.0.0.1:9/' });
      reply.end();
    },
    exit: 10,
  },
  drips: { behave: dripping(), exit: 12 },
  resets: { behave: ({ reply }) => reply.destroy(), exit: 10 },
  flips: { behave: flipped, exit: 10 },
  halfErrors: { behave: half(failing(503)), exit: 10 },
  halfHangs: { behave: half(hanging), exit: 11 },
  halfGarbage: { behave: half(saying('<html>')), exit: 11 },
  halfFlips: { behave: half(flipped), exit: 10 },
};
const names = Object.keys(behaviours);
/** As fault arms these would keep the gate waiting; as candidates alone they show what the gate itself sees. */
const isFaultToo = (name: string): boolean => !['halfHangs', 'halfGarbage'].includes(name);
const misbehaved = names.filter((name) => name !== 'healthy' && isFaultToo(name));

beforeAll(async () => {
  const control = await startShadow();
  servers.push(control);
  const urls: Record<string, string> = {};
  for (const [name, { behave }] of Object.entries(behaviours)) {
    if (behave === 'refuse') urls[name] = await unusedUrl();
    else {
      const server = await startShadow(behave);
      servers.push(server);
      urls[name] = server.url;
    }
  }
  const comparator = await startServe(
    configOf({
      experiments: names
        .map(
          (name) => `
  ${name}:
    arms:
      control: {target: {url: "${control.url}"}, deadline: 6s}
      candidate: {target: {url: "${urls[name]}"${name === 'nobody' ? '' : ', version: v9'}}, deadline: 6s}
      ${isFaultToo(name) ? `slow: {target: {url: "${urls[name]}"}, deadline: 6s, faults: [{delay: 5ms, share: 50%}]}` : ''}
    expect:
      candidate.d: {flip: at most 20%}
      candidate: {error: at most 20%}
      ${isFaultToo(name) ? 'slow.d: {silentWrong: at most 20%, relation: loud, minActed: 40}' : ''}
    gate: {minPairs: 100}
    start: with serve
    stopWhen: [production.errors above 50%]
    alone: false
${quick}
`,
        )
        .join(''),
    })
      .replace('bucket: 200ms\njoinDeadline: 500ms', 'bucket: 500ms\njoinDeadline: 7s')
      // A wrong answer later than the SLO is not silent; this machine may be slow.
      .replace('slo: {latency: 200ms}', 'slo: {latency: 6s}'),
  );
  client = comparator.client;
  runs = (await client.call('GET', '/v1/runs')).body.runs as RunView[];
  for (const { id } of runs) await client.until(id, (run) => run.state === 'RUNNING');
  // Five at a time, each of which is fifty calls: a machine gets no more of them than it answers.
  const posting: Promise<unknown>[] = [];
  for (let sent = 0; sent < 140; sent += 5) {
    posting.push(postExchanges(client, 5));
    await untilQuiet(control);
  }
  await Promise.all(posting);
  runs = (await client.call('GET', '/v1/runs')).body.runs as RunView[];
});

afterAll(async () => {
  endProcesses();
  await Promise.all(servers.map((server) => server.close()));
});

/** The comparator has turned to other things twice, and nothing more was asked of this server meanwhile. */
async function untilQuiet({ seen }: ShadowServer): Promise<void> {
  for (let before = -1; before !== seen.length; ) {
    before = seen.length;
    for (let turn = 0; turn < 2; turn++) await client.call('GET', '/v1/health');
    await new Promise((resume) => setTimeout(resume, 50));
  }
}

const runOf = (experiment: string): RunView => runs.find((run) => run.experiment === experiment) as RunView;

describe('as candidate under a gate', () => {
  it.each(names)('%s', async (name) => {
    const run = runOf(name);
    const { exitCode, reasons } = await client.gate(run.id);
    expect([exitCode, reasons]).toEqual([behaviours[name]?.exit, reasons]);
    const [control, candidate] = run.arms;
    // Healthy; a few of its first answers may come too late on a busy machine.
    const { ok = 0, timeout = 0 } = control?.statuses ?? {};
    expect(ok + timeout).toBe(control?.conservation.compared);
    expect(ok).toBeGreaterThan(20 * timeout);
    const counted = Object.values(candidate?.statuses ?? {}).reduce((all, one) => all + one, 0);
    expect(counted).toBe(candidate?.conservation.compared);
    expect(candidate?.conservation.compared).toBeGreaterThanOrEqual(100);
  });

  it('the client agrees: 0 for the healthy one, 10 for errors, 12 for silence', async () => {
    const exits = await Promise.all(
      ['healthy', 'errors', 'hangs'].map(async (name) => {
        const { code } = await runPenumbra(['gate', '--url', client.url, '--run', runOf(name).id]);
        return code;
      }),
    );
    expect(exits).toEqual([0, 10, 12]);
  });
});

describe('as fault arm that must be loud', () => {
  const verdictOf = (name: string): Verdict | undefined => runOf(name).arms[2]?.hypotheses[0]?.verdict;

  it('a healthy one holds', () => {
    expect(verdictOf('healthy')).toBe('HOLDS');
  });

  it.each(misbehaved)('%s never holds', (name) => {
    expect(verdictOf(name)).not.toBe('HOLDS');
  });

  it.each(['flips', 'halfFlips'])('%s is silently wrong: violated', (name) => {
    expect(verdictOf(name)).toBe('VIOLATED');
  });
});

describe('a candidate that changes under way', () => {
  it('is judged by the version that answers now, and on enough of it', async () => {
    const make = async () => {
      const server = await startShadow(answering({ version: 'c1' }));
      servers.push(server);
      return server;
    };
    const [control, good, bad] = [await make(), await make(), await make()];
    const patient = ({ url }: ShadowServer): string => `{target: {url: "${url}"}, deadline: 6s}`;
    const release = (name: string, candidate: ShadowServer): string => `
  ${name}:
    arms: {control: ${patient(control)}, candidate: ${patient(candidate)}}
    expect: {candidate.d: {flip: at most 20%}, candidate: {error: at most 20%}}
    gate: {minPairs: 150}
    start: with serve
${quick}
`;
    const config = configOf({ experiments: release('good', good) + release('bad', bad) });
    const { client: api } = await startServe(config.replace('joinDeadline: 500ms', 'joinDeadline: 7s'));
    const post = (count: number) => postExchanges(api, count, { perSecond: 100 });
    const [ofGood, ofBad] = (await api.call('GET', '/v1/runs')).body.runs as [RunView, RunView];
    await api.until(ofGood.id, (run) => run.state === 'RUNNING');
    await api.until(ofBad.id, (run) => run.state === 'RUNNING');
    await post(100);
    expect(await api.gate(ofGood.id)).toMatchObject({ verdict: 'NO_DATA', reasonCode: 'too_few_pairs', pairs: 100 });

    good.behave = answering({ version: 'c2' });
    bad.behave = answering({ version: 'c2', change: (score) => 1 - score });
    await post(80);
    // 180 pairs in all, and every hypothesis holds; but the version that answers now was compared on 80 of them only.
    const early = await api.gate(ofGood.id);
    expect(early.hypotheses.find((one) => one.metric === 'flip')).toMatchObject({ verdict: 'HOLDS', armVersion: 'c2' });
    expect(early).toMatchObject({ verdict: 'NO_DATA', pairs: 80, candidate: { version: 'c2' } });
    expect(await api.gate(ofBad.id)).toMatchObject({ verdict: 'FAIL', candidate: { version: 'c2' } });

    await post(80);
    const asked = { run: ofGood.id, experiment: null, waitMs: 0, url: api.url, token: undefined };
    expect((await askGate(asked)).verdict).toBe('PASS');
    expect((await askGate({ ...asked, run: ofBad.id })).verdict).toBe('FAIL');
  });
});
