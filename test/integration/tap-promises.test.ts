// What the tap promises production, tried many times over while what stands behind it is killed, stopped and started, and
// judged by the logs of the two ends alone. PENUMBRA_TRIALS raises the number of trials.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Tap } from '../../src/tap/tap.ts';
import { openRawClient } from '../support/raw-sockets.ts';
import { type Bug, startBadHop } from '../support/tap-bad-hop.ts';
import { startTapAt, until } from '../support/tap-bench.ts';
import { judge, judgePairs } from '../support/tap-checker.ts';
import { createRandom } from '../support/tap-random.ts';
import { askAll, createWitnessLog, startProduction } from '../support/tap-witnesses.ts';

const trials = Number(process.env.PENUMBRA_TRIALS ?? 12_000);
const clients = 8;
const faultEveryMs = 150;
const receiverEntry = fileURLToPath(new URL('../support/tap-receiver.ts', import.meta.url));

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'penumbra-promises-'));
  for (const name of ['client', 'production', 'copies']) writeFileSync(join(folder, name), '');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

interface Route {
  readonly port: number;
  stop(): Promise<void>;
}

/** Asks `count` questions, and goes on asking rounds of them until enough has gone wrong: a fast machine is not let off. */
async function tryOut(
  count: number,
  { through, isEnough = () => true }: { through: (port: number) => Promise<Route>; isEnough?: () => boolean },
) {
  const productionLog = createWitnessLog(join(folder, 'production'));
  const clientLog = createWitnessLog(join(folder, 'client'));
  const production = await startProduction(productionLog);
  const { port, stop } = await through(production.port);
  const each = Math.ceil(count / clients);
  let from = 1;
  do {
    const asking = Array.from({ length: clients }, (_, index) =>
      askAll(port, { from: from + index * each, to: from + (index + 1) * each }, clientLog),
    );
    await Promise.all(asking);
    from += clients * each;
  } while (!isEnough());
  await stop();
  await production.close();
  clientLog.flush();
  productionLog.flush();
  return judge(join(folder, 'client'), join(folder, 'production'));
}

function say(promise: string, { trials: tried, violations }: ReturnType<typeof judge>): void {
  process.stdout.write(`${promise}: ${tried} trials, ${violations.length} violations\n`);
}

async function startReceiver(linkPath: string): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--import', 'tsx', receiverEntry, linkPath, join(folder, 'copies')], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  await once(child, 'message');
  return child;
}

/** Every so often one thing goes wrong behind the tap, or with a stranger in front of it. */
function disturb(linkPath: string, port: () => number) {
  const random = createRandom(20261122);
  const fired: Record<string, number> = { killed: 0, stopped: 0, reset: 0, garbage: 0 };
  let receiver: ChildProcess | null = null;
  let isOver = false;
  const faults: Record<string, () => Promise<void>> = {
    killed: async () => {
      receiver?.kill('SIGKILL');
      receiver = await startReceiver(linkPath);
    },
    stopped: async () => {
      receiver?.kill('SIGSTOP');
      await new Promise((resume) => setTimeout(resume, faultEveryMs));
      receiver?.kill('SIGCONT');
    },
    reset: async () => {
      const stranger = await openRawClient(port());
      await stranger.write('POST /stranger HTTP/1.1\r\ncontent-length: 100\r\n\r\nhalf');
      stranger.socket.resetAndDestroy();
    },
    garbage: async () => {
      const stranger = await openRawClient(port());
      await stranger.write('\u0016\u0003\u0001 no HTTP at all\r\n\r\n');
      stranger.socket.destroy();
    },
  };
  const names = Object.keys(faults);
  const run = async (): Promise<void> => {
    receiver = await startReceiver(linkPath);
    // The first copies come before the first fault.
    await new Promise((resume) => setTimeout(resume, 4 * faultEveryMs));
    while (!isOver) {
      const name = names[random.below(names.length)] as string;
      await faults[name]?.();
      fired[name] = (fired[name] ?? 0) + 1;
      await new Promise((resume) => setTimeout(resume, faultEveryMs));
    }
    receiver?.kill('SIGKILL');
  };
  const running = run();
  return {
    fired,
    end: () => {
      isOver = true;
      return running;
    },
  };
}

describe('production through the tap', () => {
  it('P1, P2, P6: no answer altered, no request altered, doubled or lost, whatever dies behind', {
    timeout: 900_000,
  }, async () => {
    const linkPath = join(folder, 'tap.sock');
    let tap: Tap | null = null;
    const faults = disturb(linkPath, () => tap?.address.port ?? 0);
    const through = async (production: number): Promise<Route> => {
      const started = await startTapAt(production, linkPath, { maxCopyBytes: 256 * 1024 });
      tap = started;
      await until(() => started.isLinked());
      return {
        port: started.address.port,
        stop: async () => {
          await faults.end();
          await started.stop({ drainMs: 2000 });
        },
      };
    };
    const hasCopies = (): boolean => judgePairs(join(folder, 'copies')).trials > trials / 100;
    const isEnough = (): boolean => Object.values(faults.fired).every((count) => count > 0) && hasCopies();
    const judgement = await tryOut(trials, { through, isEnough });
    say('P1, P2, P6', judgement);
    expect(judgement.violations, 'violations').toEqual([]);
    expect(judgement.trials).toBeGreaterThanOrEqual(trials);
    const pairs = judgePairs(join(folder, 'copies'));
    say('copies paired rightly', pairs);
    expect(pairs.violations, 'violations').toEqual([]);
    expect(pairs.trials).toBeGreaterThan(trials / 100);
    const { counters } = tap as unknown as Tap;
    const lost = Object.values(counters.lost).reduce((sum, count) => sum + count, 0);
    expect(counters.sampled).toBe(counters.copied + lost);
  });

  it('the judge of pairs says no to a copy of two exchanges', () => {
    writeFileSync(join(folder, 'copies'), '1 1\n2 3\n- -\n4 -\n');
    expect(judgePairs(join(folder, 'copies')).violations).toEqual(['2 3', '4 -']);
  });

  const bugs: readonly Bug[] = ['alters an answer', 'alters a request', 'sends a request again', 'cuts an answer'];
  it.each(bugs)('the judge says no to a hop that %s', async (bug) => {
    const through = async (production: number): Promise<Route> => {
      const hop = await startBadHop(production, bug);
      return { port: hop.port, stop: async () => void hop.server.close() };
    };
    const judgement = await tryOut(800, { through });
    expect(judgement.violations.length).toBeGreaterThan(0);
  });
});
