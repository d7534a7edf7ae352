// The commands of a release pipeline before they ask anybody: wrong usage is 64, and every help teaches what to type next.
import { type Command, CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { gateCommand } from '../../../src/commands/gate.ts';
import { runCommand } from '../../../src/commands/run.ts';
import { serveCommand } from '../../../src/commands/serve.ts';
import { exitCodeOf } from '../../../src/commands/server-process.ts';

function withoutExit(command: Command, said: { text: string }): Command {
  const write = (text: string): void => {
    said.text += text;
  };
  command.exitOverride().configureOutput({ writeErr: write, writeOut: write });
  for (const below of command.commands) withoutExit(below, said);
  return command;
}

async function endOf(command: Command, args: readonly string[]): Promise<{ code: number; text: string }> {
  const said = { text: '' };
  try {
    await withoutExit(command, said).parseAsync(args, { from: 'user' });
  } catch (thrown) {
    if (thrown instanceof CommanderError) return { code: exitCodeOf(thrown), text: said.text };
    throw thrown;
  }
  throw new Error('the command was not refused');
}

describe('wrong usage is exit code 64', () => {
  it.each([
    [gateCommand, [], /requires either --run ID .* or --experiment NAME/],
    [gateCommand, ['--run', 'a', '--experiment', 'b'], /requires either --run ID/],
    [gateCommand, ['--run', 'a', '--wait', '10'], /a duration requires a number with a unit/],
    [gateCommand, ['--run', 'a', '--format', 'xml'], /Allowed choices are text, json/],
    [gateCommand, ['--run', 'a', '--url', 'comparator'], /must be like http:\/\/127\.0\.0\.1:9090/],
    [gateCommand, ['--run', 'a', '--url', 'http://u:p@h'], /without credentials/],
    [gateCommand, ['--run', 'a', '--url', 'ftp://h'], /must be like http/],
    [gateCommand, ['--run', 'a', '--on-inconclusive', 'pass'], /unknown option '--on-inconclusive'/],
    [gateCommand, ['--run', 'a', 'b'], /too many arguments/],
    [runCommand, [], /Usage: run/],
    [runCommand, ['begin'], /unknown command 'begin'/],
    [runCommand, ['start'], /required option '--experiment <name>'/],
    [runCommand, ['start', '--experiment', 'a', '--digest', 'abc'], /64 hexadecimal digits/],
    [runCommand, ['stop', '--run', 'a'], /required option '--reason <text>'/],
    [serveCommand, [], /required option '--config <file>'/],
    [serveCommand, ['--config', 'x', '--log-level', 'loud'], /Allowed choices are trace, debug/],
  ])('%o %j', async (make, args, message) => {
    const { code, text } = await endOf(make(), args);
    expect(text).toMatch(message);
    expect(code).toBe(64);
  });
});

describe('help', () => {
  it.each([
    [gateCommand, ['--help'], ['RUN=$(penumbra run start', '20 ERROR', 'PENUMBRA_TOKEN', 'Only 0 means yes']],
    [runCommand, ['--help'], ['start', 'list', 'stop', 'Exit codes']],
    [runCommand, ['start', '--help'], ['--digest', 'penumbra gate --run ID --wait 30m', 'candidates:']],
    [runCommand, ['list', '--help'], ['Exit codes']],
    [runCommand, ['stop', '--help'], ['penumbra run list', 'never resumes']],
    [serveCommand, ['--help'], ['penumbra validate penumbra.yaml', 'config/', 'SIGTERM', 'penumbra gate']],
  ])('%o %j', async (make, args, taught) => {
    const { code, text } = await endOf(make(), args);
    expect(code).toBe(0);
    for (const words of taught) expect(text).toContain(words);
  });
});
