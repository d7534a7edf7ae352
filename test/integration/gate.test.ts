// `penumbra gate` as a process against servers that lie, stumble or are not there: exit code 0 only for a whole, valid PASS.
import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { askGate } from '../../src/commands/gate/ask.ts';
import { unusedUrl } from '../support/evil-server.ts';
import { type GateReply, saying, startHostileGate } from '../support/hostile-gate.ts';
import { endProcesses, entry, runPenumbra, startPenumbra } from '../support/penumbra-process.ts';
import { listenOnFreePort } from '../support/raw-sockets.ts';

afterAll(endProcesses);

/** Runs `gate` against a server with this answer. */
async function gateAgainst(answer: GateReply, args: readonly string[] = ['--run', 'r1'], env = {}) {
  const server = await startHostileGate(answer);
  try {
    const ended = await runPenumbra(['gate', '--url', server.url, ...args], { env });
    return { ...ended, server };
  } finally {
    await server.close();
  }
}

const undecided: GateReply = saying((valid) => ({
  ...valid,
  verdict: 'INCONCLUSIVE',
  exitCode: 11,
  reasonCode: 'undecided',
  reasons: ['candidate: not yet known'],
  expiresAt: null,
  final: false,
}));

describe.concurrent('an honest answer', () => {
  it('PASS is exit code 0, with its reasons', async () => {
    const { code, stdout, stderr } = await gateAgainst(saying((valid) => valid));
    expect([code, stdout, stderr]).toEqual([
      0,
      'PASS (exit 0)\n  candidate: flip rate 2 % is within the limit of 5 %\n',
      '',
    ]);
  });

  it('as JSON it is the whole answer', async () => {
    const { code, stdout } = await gateAgainst(
      saying((valid) => ({ ...valid, verdict: 'FAIL', exitCode: 10 })),
      ['--experiment', 'release', '--format', 'json'],
    );
    expect(code).toBe(10);
    expect(JSON.parse(stdout)).toMatchObject({ verdict: 'FAIL', run: 'r1', hypotheses: [{ verdict: 'HOLDS' }, {}] });
  });

  it('an unknown run is NO_DATA', async () => {
    const { code, stdout } = await gateAgainst(({ reply }) => {
      reply.statusCode = 404;
      reply.end(
        JSON.stringify({ error: { code: 'RUN_NOT_FOUND', message: 'there is no run "r1"', retryable: false } }),
      );
    });
    expect([code, stdout]).toEqual([12, 'NO_DATA (exit 12)\n  RUN_NOT_FOUND: there is no run "r1"\n']);
  });

  it('the token goes to the comparator that was named, and with a redirect to nobody else', async () => {
    const elsewhere = await startHostileGate(saying((valid) => valid));
    const { code, stdout, server } = await gateAgainst(
      ({ reply }) => {
        reply.writeHead(307, { location: `${elsewhere.url}/v1/gate` });
        reply.end('{"verdict":"PASS","exitCode":0}');
      },
      ['--run', 'r1'],
      { PENUMBRA_TOKEN: 'canary-token' },
    );
    expect(code).toBe(20);
    expect(stdout).toContain('HTTP 307');
    expect(server.authorizations).toEqual(['Bearer canary-token']);
    expect(elsewhere.asked()).toBe(0);
    await elsewhere.close();
  });
});

describe.concurrent('never exit code 0', () => {
  const text = (status: number, body: string, type = 'application/json'): GateReply => {
    return ({ reply }) => {
      reply.writeHead(status, { 'content-type': type });
      reply.end(body);
    };
  };
  const hostile: readonly [string, GateReply][] = [
    ['another nonce', saying((valid) => ({ ...valid, nonce: 'recorded' }))],
    ['another run', saying((valid) => ({ ...valid, run: 'r2' }))],
    ['an expired PASS', saying((valid) => ({ ...valid, expiresAt: Date.now() - 1 }))],
    ['an exit code that says otherwise', saying((valid) => ({ ...valid, exitCode: 10 }))],
    ['a PASS without hypotheses', saying((valid) => ({ ...valid, hypotheses: [] }))],
    ['only a verdict', saying(() => ({ verdict: 'PASS', exitCode: 0 }))],
    ['nothing', text(200, '')],
    ['null', text(200, 'null')],
    ['HTML', text(200, '<html>PASS</html>', 'text/html')],
    ['an error with a good body', ({ reply, valid }) => text(500, JSON.stringify(valid))({ reply } as never)],
    [
      'a truncated body',
      ({ reply, valid }) => {
        const whole = JSON.stringify(valid);
        reply.writeHead(200, { 'content-length': whole.length });
        reply.write(whole.slice(0, -20));
        setTimeout(() => reply.destroy(), 20);
      },
    ],
    [
      'an endless body',
      ({ reply }) => {
        const more = (): void => {
          while (!reply.destroyed && reply.write('['.repeat(1 << 20))) {}
        };
        reply.on('drain', more);
        more();
      },
    ],
    ['a body deeper than any reader', text(200, '['.repeat(3_000_000))],
    ['no answer at all', ({ reply }) => reply.destroy()],
  ];
  it.each(hostile)('for %s', async (_name, answer) => {
    const server = await startHostileGate(answer);
    const asked = { run: 'r1', experiment: null, waitMs: 0, url: server.url, token: undefined };
    const { verdict, reasons } = await askGate(asked);
    await server.close();
    expect(verdict).toBe('ERROR');
    expect(reasons.join()).toMatch(/^the comparator.{10,600}$/);
  });

  it.each(hostile.slice(0, 3))('for %s, as a process', async (_name, answer) => {
    const { code, stdout } = await gateAgainst(answer);
    expect(code).toBe(20);
    expect(stdout).toMatch(/^ERROR \(exit 20\)\n {2}the comparator.{10,600}\n$/);
  });

  it('for a good body, drop by drop, when the wait ends first', async () => {
    const server = await startHostileGate(({ reply, valid }) => {
      const whole = JSON.stringify(valid);
      let at = 0;
      const timer = setInterval(() => {
        if (reply.destroyed) clearInterval(timer);
        else reply.write(whole[at++] ?? ' ');
      }, 100);
    });
    const asked = { run: 'r1', experiment: null, waitMs: 1000, url: server.url, token: undefined };
    expect((await askGate(asked)).verdict).toBe('ERROR');
    await server.close();
  });

  it('when nobody is there', async () => {
    const { code, stdout } = await runPenumbra(['gate', '--url', await unusedUrl(), '--run', 'r1']);
    expect(code).toBe(20);
    expect(stdout).toMatch(
      /^ERROR \(exit 20\)\n {2}the comparator at http:\/\/127.+ could not be asked: .+ECONNREFUSED/,
    );
  });

  it('when the words cannot be written', async () => {
    const full = await gateWithStdout(openSync('/dev/full', 'w'));
    expect(full).toBe(20);
  });

  it('when nobody reads the words', async () => {
    const server = await startHostileGate(saying((valid) => valid));
    const started = startPenumbra(['gate', '--url', server.url, '--run', 'r1']);
    started.child.stdout?.destroy();
    const code = await started.ended;
    await server.close();
    expect(server.asked()).toBe(1);
    expect(code).toBe(20);
  });

  it('when it is killed: a shell sees 137', async () => {
    const waiting = await startHostileGate(undecided);
    const root = join(import.meta.dirname, '../..');
    const gate = `${[process.execPath, ...entry].join(' ')} gate --url ${waiting.url} --run r1 --wait 1m`;
    const shell = spawn('sh', ['-c', `${gate} & echo $!; wait $!; echo "exit $?"`], { cwd: root });
    let said = '';
    for await (const part of shell.stdout.setEncoding('utf8')) {
      said += part;
      const pid = Number(/^(\d+)\n/.exec(said)?.[1]);
      if (said.endsWith('\n') && !said.includes('exit')) {
        await vi.waitFor(() => expect(waiting.asked()).toBeGreaterThan(0), { timeout: 60_000 });
        process.kill(pid, 'SIGKILL');
      }
    }
    await waiting.close();
    expect(said).toMatch(/exit 137\n$/);
  });
});

async function gateWithStdout(stdout: number): Promise<number | null> {
  const server = await startHostileGate(saying((valid) => valid));
  const { code } = await runPenumbra(['gate', '--url', server.url, '--run', 'r1'], { stdout });
  await server.close();
  return code;
}

describe.concurrent('--wait', () => {
  const askFor = async (waitMs: number, answer: GateReply) => {
    const server = await startHostileGate(answer);
    const { verdict } = await askGate({ run: 'r1', experiment: null, waitMs, url: server.url, token: undefined });
    await server.close();
    return [verdict, server.asked()];
  };
  const fromThird = (before: GateReply): GateReply => {
    return (given) => (given.asked < 3 ? before(given) : saying((valid) => valid)(given));
  };

  it('asks again until it is decided', async () => {
    expect(await askFor(20_000, fromThird(undecided))).toEqual(['PASS', 3]);
  });

  it('outlives a comparator that is away for a moment', async () => {
    expect(
      await askFor(
        20_000,
        fromThird(({ reply }) => reply.destroy()),
      ),
    ).toEqual(['PASS', 3]);
  });

  it('gives up on one that stays away', async () => {
    expect(await askFor(600_000, ({ reply }) => reply.destroy())).toEqual(['ERROR', 5]);
  });

  // The longer one ends in a call that has only a part of its time left.
  it.each(['3s', '4500ms'])('of %s elapsed is TIMEOUT, and says what was known', async (wait) => {
    const { code, stdout } = await gateAgainst(undecided, ['--run', 'r1', '--wait', wait]);
    expect(code).toBe(14);
    expect(stdout).toBe('TIMEOUT (exit 14)\n  the wait elapsed before a decision\n  candidate: not yet known\n');
  });
});

describe.concurrent('wrong usage', () => {
  it.each([
    ['neither run nor experiment', ['gate']],
    ['an unknown option', ['gate', '--run', 'a', '--on-inconclusive', 'pass']],
    ['a command nobody knows', ['gates']],
    ['a digest that is none', ['run', 'start', '--experiment', 'a', '--digest', 'abc']],
  ])('%s: exit code 64 and where help is', async (_name, args) => {
    const { code, stdout, stderr } = await runPenumbra(args);
    expect([code, stdout]).toEqual([64, '']);
    expect(stderr).toMatch(/^(error|gate): .+\n(\(.*\)\n)?see: penumbra.* --help\n$/);
  });
});

it('is not led astray by a server that answers other questions', async () => {
  const other = createServer((_message, reply) => reply.end('{"status":"ok"}'));
  const port = await listenOnFreePort(other);
  const { code } = await runPenumbra(['gate', '--url', `http://127.0.0.1:${port}`, '--experiment', 'release']);
  other.close();
  expect(code).toBe(20);
});
