// `penumbra replay` and `plan --recording` before they read anything: wrong usage, and help that teaches.
import { type Command, CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { planCommand } from '../../../src/commands/plan.ts';
import { replayCommand } from '../../../src/commands/replay.ts';
import { exitCodeOf } from '../../../src/commands/server-process.ts';

async function endOf(command: Command, args: readonly string[]): Promise<{ code: number; text: string }> {
  let text = '';
  const write = (part: string): void => {
    text += part;
  };
  command.exitOverride().configureOutput({ writeErr: write, writeOut: write });
  try {
    await command.parseAsync([...args], { from: 'user' });
  } catch (thrown) {
    if (thrown instanceof CommanderError) return { code: exitCodeOf(thrown), text };
    throw thrown;
  }
  throw new Error('the command was not refused');
}

describe('replay', () => {
  it.each([
    [[], /required option '--config <file>'/],
    [['--config', 'c'], /missing required argument 'file'/],
    [['a.jsonl'], /required option '--config <file>'/],
    [['a.jsonl', 'b.jsonl', '--config', 'c'], /too many arguments/],
    [['a.jsonl', '--config', 'c', '--format', 'xml'], /Allowed choices are text, json/],
  ])('%j is wrong usage', async (args, message) => {
    const { code, text } = await endOf(replayCommand(), args);
    expect(text).toMatch(message);
    expect(code).toBe(64);
  });

  it('help shows a line, how a recording is made and what to type next', async () => {
    const { code, text } = await endOf(replayCommand(), ['--help']);
    expect(code).toBe(0);
    const taught = [
      '"arrivedAt": "2026-03-01T08:00:00.120Z"',
      'curl',
      'jq',
      'penumbra replay recording.jsonl.gz',
      '64',
    ];
    for (const words of [...taught, '--candidate', 'penumbra plan penumbra.yaml --recording']) {
      expect(text).toContain(words);
    }
  });
});

it('plan’s help teaches --recording', async () => {
  const { text } = await endOf(planCommand(), ['--help']);
  expect(text).toContain('penumbra plan penumbra.yaml --experiment release --recording recording.jsonl.gz');
});
