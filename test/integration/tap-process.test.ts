// The tap as a process: what it prints and tells its parent, how it ends, and what it says when it cannot start.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { createTraffic, startHttpService } from '../support/http-pair.ts';
import { listenOnFreePort, openRawClient, startRawServer } from '../support/raw-sockets.ts';
import { makeLinkPath, startReceiver, until } from '../support/tap-bench.ts';

const entry = fileURLToPath(new URL('../support/tap-entry.ts', import.meta.url));
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function startProcess(args: readonly string[], { ipc = false, program = entry } = {}) {
  const stdio = ipc ? (['ignore', 'pipe', 'pipe', 'ipc'] as const) : (['ignore', 'pipe', 'pipe'] as const);
  const child = spawn(process.execPath, ['--import', 'tsx', program, ...args], { stdio: [...stdio] });
  children.push(child);
  const said = { stdout: '', stderr: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  return { child, said, ended, exited };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function portOf({ said }: { said: { stdout: string } }): Promise<number> {
  await until(() => said.stdout.includes('\n'));
  return Number(/^tap listening on 127\.0\.0\.1:(\d+) → 127\.0\.0\.1:\d+\n$/.exec(said.stdout)?.[1]);
}

describe('penumbra tap', () => {
  it('relays and copies, goes on when its parent lets go of it, and ends on SIGTERM with a last status', async () => {
    const link = await makeLinkPath();
    const { source, exchanges } = await startReceiver(link.linkPath);
    const service = await startHttpService();
    const args = [
      '--listen',
      '127.0.0.1:0',
      '--upstream',
      `http://127.0.0.1:${service.port}/`,
      '--link',
      link.linkPath,
    ];
    const tap = startProcess([...args, '--share', '100%'], { ipc: true });
    const told = once(tap.child, 'message');
    const port = await portOf(tap);
    expect((await told)[0]).toEqual({ type: 'listening', port });
    await until(() => source.taps().length === 1);
    const traffic = createTraffic(port);
    expect(await traffic.send(50)).toBe(0);
    tap.child.disconnect();
    tap.child.stdout?.destroy();
    expect(await traffic.send(50)).toBe(0);
    await until(() => exchanges.length === 100);
    traffic.close();
    tap.child.kill('SIGTERM');
    expect(await tap.exited).toBe(0);
    // The last status says it all.
    await until(() => source.taps()[0]?.copied === 100);
    expect(source.taps()[0]).toMatchObject({ requests: 100, sampled: 100, copied: 100, open: 0 });
    await service.close();
    await source.stop();
    await link.remove();
  });

  it('lets an exchange under way end after SIGTERM, and refuses new connections', async () => {
    let answer = (): void => undefined;
    const server = await startRawServer(async (end) => {
      await end.saw('\r\n\r\n');
      await new Promise<void>((resolve) => {
        answer = resolve;
      });
      await end.write('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 4\r\n\r\nlast');
      end.socket.end();
    });
    const tap = startProcess(['--listen', '127.0.0.1:0', '--upstream', `127.0.0.1:${server.port}`]);
    const port = await portOf(tap);
    const client = await openRawClient(port);
    await client.write('GET / HTTP/1.1\r\n\r\n');
    await until(() => (server.ends[0]?.transcript.bytes ?? '') !== '');
    tap.child.kill('SIGTERM');
    await expect
      .poll(() =>
        openRawClient(port).then(
          (other) => other.socket.destroy() && 'open',
          () => 'refused',
        ),
      )
      .toBe('refused');
    answer();
    await client.left();
    expect(client.transcript.bytes).toMatch(/last$/);
    client.socket.end();
    expect(await tap.ended).toBe(0);
    await server.close();
  });

  it('hands its socket over on SIGUSR2, and no client is refused in between', async () => {
    const service = await startHttpService();
    const tap = startProcess(['--listen', '127.0.0.1:0', '--upstream', `127.0.0.1:${service.port}`]);
    const port = await portOf(tap);
    let isOver = false;
    const failures: unknown[] = [];
    let answered = 0;
    const client = async (): Promise<void> => {
      while (!isOver) {
        try {
          const end = await openRawClient(port);
          await end.write('GET /each HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n');
          await end.left();
          if (end.transcript.end === 'fin' && end.transcript.bytes.startsWith('HTTP/1.1 200')) answered++;
          else failures.push(end.transcript);
          end.socket.destroy();
        } catch (error) {
          failures.push(error);
        }
      }
    };
    const clients = [client(), client(), client(), client()];
    await until(() => answered > 50);
    tap.child.kill('SIGUSR2');
    expect(await tap.exited).toBe(0);
    const before = answered;
    await until(() => answered > before + 50);
    isOver = true;
    await Promise.all(clients);
    expect(failures).toEqual([]);
    expect(service.asked.get('/each')).toBe(answered);
    // Its last words may come after its end.
    await until(() => /handed over to process \d+\n/.test(tap.said.stdout));
    const successor = Number(/handed over to process (\d+)/.exec(tap.said.stdout)?.[1]);
    process.kill(successor, 'SIGTERM');
    await expect.poll(() => isRunning(successor)).toBe(false);
    await service.close();
  });

  it('goes on when its successor cannot start', async () => {
    const service = await startHttpService();
    // A program that is there for the first start alone.
    const folder = mkdtempSync(join(tmpdir(), 'penumbra-once-'));
    const once = join(folder, 'once.mjs');
    writeFileSync(once, `import ${JSON.stringify(pathToFileURL(entry).href)};\n`);
    const options = ['--listen', '127.0.0.1:0', '--upstream', `127.0.0.1:${service.port}`];
    const tap = startProcess(options, { program: once });
    const port = await portOf(tap);
    rmSync(folder, { recursive: true });
    tap.child.kill('SIGUSR2');
    await until(() => tap.said.stderr.includes('not handed over: its successor ended with 1'));
    const traffic = createTraffic(port);
    expect(await traffic.send(5)).toBe(0);
    traffic.close();
    tap.child.kill('SIGTERM');
    expect(await tap.exited).toBe(0);
    await service.close();
  });

  it('listens on a socket that whoever started it has opened', async () => {
    const service = await startHttpService();
    const holder = createServer();
    const port = await listenOnFreePort(holder);
    const fd: number = Reflect.get(Reflect.get(holder, '_handle'), 'fd');
    const args = ['--import', 'tsx', entry, '--listen', 'fd:3', '--upstream', `127.0.0.1:${service.port}`];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit', fd] });
    children.push(child);
    holder.close();
    await once(child.stdout as NodeJS.ReadableStream, 'data');
    const traffic = createTraffic(port);
    expect(await traffic.send(20)).toBe(0);
    traffic.close();
    await service.close();
  });

  it('says in one line that its port is taken, and exits 1', async () => {
    const server = await startRawServer(() => Promise.resolve());
    const tap = startProcess(['--listen', `127.0.0.1:${server.port}`, '--upstream', '127.0.0.1:9']);
    expect(await tap.ended).toBe(1);
    expect(tap.said.stderr).toBe(
      `penumbra tap: cannot listen on 127.0.0.1:${server.port}: another process listens there already\n`,
    );
    await server.close();
  });

  const wrong: readonly [string, string[], RegExp][] = [
    ['no --upstream', ['--listen', '127.0.0.1:0'], /required option '--upstream/],
    ['a port that is none', ['--listen', '127.0.0.1:99999', '--upstream', 'a:1'], /must be host:port/],
    ['TLS upstream', ['--listen', '127.0.0.1:0', '--upstream', 'https://a:1'], /cannot speak TLS/],
    ['a share above 1', ['--listen', '127.0.0.1:0', '--upstream', 'a:1', '--share', '20'], /between 0% and 100%/],
    ['an unknown option', ['--listen', '127.0.0.1:0', '--upstream', 'a:1', '--fast'], /unknown option '--fast'/],
  ];
  it.each(wrong)('says in one line what is wrong with %s, and exits 64', async (_name, args, message) => {
    const tap = startProcess(args);
    expect(await tap.ended).toBe(64);
    expect(tap.said.stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(tap.said.stderr).toMatch(message);
  });
});
