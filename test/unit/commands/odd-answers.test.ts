// The commands that act, against a server that answers 200 with something else than was asked for: none of them ever says that it was done.
import { createServer } from 'node:http';
import { type Command, CommanderError } from 'commander';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { gateCommand } from '../../../src/commands/gate.ts';
import { killCommand } from '../../../src/commands/kill.ts';
import { runCommand } from '../../../src/commands/run.ts';
import { exitCodeOf } from '../../../src/commands/server-process.ts';
import { listenOnFreePort } from '../../support/raw-sockets.ts';

const answer = { text: '' };
const server = createServer((message, reply) => {
  message.resume();
  reply.writeHead(200, { 'content-type': 'application/json' }).end(answer.text);
});
let url = '';
beforeAll(async () => {
  url = `http://127.0.0.1:${await listenOnFreePort(server)}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
afterEach(() => vi.restoreAllMocks());

function quiet(command: Command, said: string[]): Command {
  command.exitOverride().configureOutput({ writeErr: (text) => said.push(text), writeOut: (text) => said.push(text) });
  for (const below of command.commands) quiet(below, said);
  return command;
}

async function exitOf(make: () => Command, args: readonly string[]): Promise<{ code: number; stdout: string }> {
  const stdout: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => stdout.push(String(text)) > 0);
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  try {
    await quiet(make(), []).parseAsync([...args, '--url', url], { from: 'user' });
    return { code: 0, stdout: stdout.join('') };
  } catch (thrown) {
    if (thrown instanceof CommanderError) return { code: exitCodeOf(thrown), stdout: stdout.join('') };
    throw thrown;
  } finally {
    vi.restoreAllMocks();
  }
}

const record = ['--run', 'r1', '--reason', 'x', '--ticket', 'T', '--for', '5m'];
const commands: readonly [string, () => Command, readonly string[]][] = [
  ['run start', runCommand, ['start', '--experiment', 'e']],
  ['run retry', runCommand, ['retry', '--run', 'r1', '--reason', 'x']],
  ['gate override', gateCommand, ['override', ...record]],
  ['kill', killCommand, ['--reason', 'x']],
];

describe.each(commands)('%s', (_name, make, args) => {
  it.each(['', 'null', '{}', '[]', '"r1"', '{"id":7}', '{"id":"a\\nb"}', '{"killed":null}', '{"killed":7}'])(
    '%s is no success',
    async (text) => {
      answer.text = text;
      const { code, stdout } = await exitOf(make, args);
      expect([code, stdout]).toEqual([20, '']);
    },
  );

  it('nor is anything else by chance', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (text) => {
        answer.text = text;
        expect((await exitOf(make, args)).code).toBe(20);
      }),
      { numRuns: 50 },
    );
  });
});

it('what was asked for is one, and nothing in it commands the terminal', async () => {
  answer.text = '{"killed":{"reason":"x\\u001b[2J","engagedAt":1,"by":"api"}}';
  expect(await exitOf(killCommand, ['--reason', 'x'])).toEqual({ code: 0, stdout: 'engaged: x [2J\n' });
  expect((await exitOf(killCommand, ['--release', 'x'])).code).toBe(20);
  answer.text = '{"killed":null}';
  expect(await exitOf(killCommand, ['--release', 'x'])).toEqual({ code: 0, stdout: 'released\n' });
  answer.text =
    '{"runs":[{"id":"r1","experiment":"e\\nr2","state":"RUNNING","startedAt":0,"candidate":{"ref":"\\u001b[31m"}}]}';
  expect((await exitOf(runCommand, ['list'])).stdout.split('\n')).toHaveLength(2);
});
