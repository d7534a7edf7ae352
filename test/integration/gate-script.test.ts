// The gate asked by a shell that has nothing but curl: config/pipelines/gate.sh, against honest servers and against ones that lie.
import { execFile } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { gateText } from '../../src/api/gate-text.ts';
import type { GateView } from '../../src/pipeline/view-types.ts';
import { unusedUrl } from '../support/evil-server.ts';
import { type GateBody, type GateReply, startHostileGate } from '../support/hostile-gate.ts';

function runScript(url: string, args: readonly string[] = ['r1']): Promise<{ code: number; stdout: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, PENUMBRA_URL: url };
    execFile('sh', ['config/pipelines/gate.sh', ...args], { env }, (failed, stdout) => {
      resolve({ code: failed === null ? 0 : Number(failed.code), stdout });
    });
  });
}

async function scriptAgainst(answer: GateReply, args?: readonly string[]) {
  const server = await startHostileGate(answer);
  try {
    return await runScript(server.url, args);
  } finally {
    await server.close();
  }
}

const textOf = (valid: GateBody, changed: object = {}): string =>
  gateText({ ...valid, override: null, notes: [], ...changed } as unknown as GateView);
const saying =
  (change: object | ((valid: GateBody) => string)): GateReply =>
  ({ reply, valid }) =>
    void reply.end(typeof change === 'function' ? change(valid) : textOf(valid, change));

describe.concurrent('config/pipelines/gate.sh', () => {
  it('PASS is 0, with its reasons', async () => {
    const { code, stdout } = await scriptAgainst(saying({}));
    expect([code, stdout.split('\n').slice(1)]).toEqual([
      0,
      ['  candidate: flip rate 2 % is within the limit of 5 %', ''],
    ]);
  });

  it.each([
    ['FAIL', 10],
    ['INCONCLUSIVE', 11],
    ['NO_DATA', 12],
    ['STALE', 13],
    ['ABORTED', 15],
    ['BIASED', 16],
    ['ERROR', 20],
  ])('%s is %i', async (verdict, exitCode) => {
    expect((await scriptAgainst(saying({ verdict, exitCode }))).code).toBe(exitCode);
  });

  it('an override changes no exit code', async () => {
    const override = { by: 'ann', until: 0, ticket: 'INC-1', reason: 'hotfix' };
    const { code, stdout } = await scriptAgainst(saying({ verdict: 'FAIL', exitCode: 10, override }));
    expect(code).toBe(10);
    expect(stdout).toContain('OVERRIDDEN by ann until 1970-01-01T00:00:00.000Z (INC-1): hotfix');
  });

  it('waits until it is decided', async () => {
    const answer: GateReply = ({ reply, valid, asked }) =>
      void reply.end(textOf(valid, asked < 2 ? { verdict: 'NO_DATA', exitCode: 12, final: false } : {}));
    expect((await scriptAgainst(answer, ['r1', '5'])).code).toBe(0);
  });

  it.each<[string, GateReply]>([
    ['another nonce', saying({ nonce: 'recorded' })],
    ['another run', saying({ run: 'r2' })],
    ['a PASS that may change', saying({ final: false })],
    ['an exit code that says otherwise', saying({ exitCode: 10 })],
    ['JSON', saying((valid) => JSON.stringify(valid))],
    ['HTML', saying(() => '<html>PASS 0 final</html>')],
    ['nothing', saying(() => '')],
    ['the right line after another', saying((valid) => `\n${textOf(valid)}`)],
    ['more on the line', saying((valid) => textOf(valid).replace('\n', ' or not\n'))],
    ['shell patterns', saying(() => '*\n$(exit 0)\n')],
    ['a redirect', ({ reply }) => void reply.writeHead(302, { location: 'http://127.0.0.1:1/' }).end('PASS')],
    ['a good body with an error', ({ reply, valid }) => void reply.writeHead(500).end(textOf(valid))],
    ['no answer', ({ reply }) => void reply.destroy()],
  ])('%s is never 0', async (_name, answer) => {
    expect((await scriptAgainst(answer)).code).toBe(20);
  });

  it('nobody there is 20', async () => {
    expect((await runScript(await unusedUrl())).code).toBe(20);
  });
});
