// A judge that does not judge yet: it answers for itself, and hears signals, until it has the store; and tells strangers no names.
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { App } from '../../../../src/app/parts.ts';
import type { Scaled } from '../../../../src/commands/serve/scaled.ts';
import { waitToLead } from '../../../../src/commands/serve/standby.ts';
import { checkConfigText } from '../../../../src/config/load.ts';
import { PenumbraError } from '../../../../src/errors.ts';
import { createLog } from '../../../../src/io/log.ts';

const quiet = (): void => {};
const log = createLog('silent');
const listeners = (): readonly unknown[] => process.listeners('SIGTERM');

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function configForTest() {
  const text = `service: s
production: {url: "http://127.0.0.1:1", protocol: open-inference-v2, slo: {latency: 1s}}
inputs: [{name: x}]
decisions: {late: {output: p, label: above 0.5}}
watch: {late: {lowConfidence: {bar: 0.3, share: at most 10%}}}
`;
  const { config, errors } = checkConfigText(text, { env: {}, directory: '/' });
  if (config === null) throw new Error(errors.map(({ message }) => message).join('\n'));
  return config;
}

/** What it says on standard output; what it tells its parent is not for the one that runs the tests. */
function listen(): { said: () => string } {
  let said = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    said += String(text);
    return true;
  });
  const send = process.send?.bind(process) as ((message: { type?: string }) => boolean) | undefined;
  if (send !== undefined) {
    vi.spyOn(process, 'send').mockImplementation(
      (message: { type?: string }) => message.type === 'waiting' || send(message),
    );
  }
  return { said: () => said };
}

function wait(leader: string | null) {
  const calls = { stops: 0, elect: quiet };
  const elected = new Promise<void>((resolve) => {
    calls.elect = resolve;
  });
  const nothing = async (): Promise<void> => {};
  const election = {
    ...{ term: () => 0, mayAct: () => true, former: () => null, start: nothing, stop: nothing },
    ...{ elected: () => elected, leader: () => leader },
  };
  const stop = async (): Promise<void> => {
    calls.stops += 1;
  };
  const scaled: Scaled = { judges: null, election, compare: null, start: nothing, stop };
  const address = { host: '127.0.0.1', port: 0 };
  return { calls, standby: waitToLead(scaled, { config: configForTest(), log, address }) };
}

async function addressIn(said: () => string): Promise<string> {
  await expect.poll(said).toMatch(/health on http:\S+\n/);
  return /health on (http:\S+)\n/.exec(said())?.[1] ?? '';
}

describe('a judge that waits', () => {
  it('names the leader where it was started, and to nobody who asks without a token', async () => {
    const { said } = listen();
    const { calls, standby } = wait('host-7-secret');
    const url = await addressIn(said);
    expect(said()).toContain('another judge leads (host-7-secret)');
    const answer = await fetch(`${url}/v1/ready`);
    const text = await answer.text();
    expect([answer.status, text]).toEqual([503, expect.stringContaining('another judge leads: this one waits')]);
    expect(text).not.toContain('host-7');
    calls.elect();
    const app = {} as App;
    expect(await (await standby)?.open(() => app)).toBe(app);
    await expect(fetch(`${url}/v1/ready`)).rejects.toThrow();
  });

  it('answers health checks and signals for as long as another has its store', async () => {
    const { said } = listen();
    const exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
    const before = listeners();
    const { calls, standby } = wait('other');
    const url = await addressIn(said);
    calls.elect();
    let isTaken = true;
    const app = {} as App;
    const opened = (await standby)?.open(() => {
      if (isTaken) throw new PenumbraError('STORE_TAKEN', 'the store cannot be used');
      return app;
    });
    await expect.poll(async () => (await fetch(`${url}/v1/ready`)).text()).toContain('waits for the store');
    expect((await fetch(`${url}/v1/health`)).status).toBe(200);
    expect(listeners().length).toBe(before.length + 1);
    isTaken = false;
    expect(await opened).toBe(app);
    expect(listeners()).toEqual(before);
    expect([calls.stops, exit.mock.calls]).toEqual([0, []]);
  });

  it('goes when it is told to while it waits for the store, and opens it no more', async () => {
    const { said } = listen();
    const exit = vi.spyOn(process, 'exit').mockImplementation((() => undefined) as never);
    const before = listeners();
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    // Nobody else leads: it answers only once it must wait.
    const { calls, standby } = wait(null);
    calls.elect();
    let tries = 0;
    const taken = (): App => {
      tries += 1;
      throw new PenumbraError('STORE_TAKEN', 'the store cannot be used');
    };
    void (await standby)?.open(taken);
    await addressIn(said);
    const own = process.listeners('SIGTERM').find((one) => !before.includes(one));
    own?.('SIGTERM');
    await expect.poll(() => exit.mock.calls).toEqual([[0]]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect([calls.stops, tries]).toEqual([1, 1]);
    for (const signal of ['SIGTERM', 'SIGINT'] as const) if (own) process.off(signal, own);
    if (own) process.off('disconnect', own as () => void);
  });
});
