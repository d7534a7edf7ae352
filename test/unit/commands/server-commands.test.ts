// What `pod` and `feature-store` refuse before they serve anything: one clear line and the right exit code.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { featureStoreCommand } from '../../../src/commands/feature-store.ts';
import { podCommand } from '../../../src/commands/pod.ts';
import { exitCodeOf } from '../../../src/commands/server-process.ts';
import { writeTinyModel } from '../../support/tiny-model.ts';

const { modelFile, cardFile, directory } = writeTinyModel({ inputs: [{ name: 'a', stored: true }, { name: 'b' }] });
const plainModel = writeTinyModel().modelFile;
const rowsFile = join(directory, 'rows.jsonl');
writeFileSync(rowsFile, '{"key":"k","features":[5,0]}\n');
const broken = join(mkdtempSync(join(tmpdir(), 'penumbra-broken-')), 'm.onnx');
writeFileSync(broken, 'no model');

/** Exit code and standard error of a command that does not come to serve. */
async function refusalOf(command: Command, args: readonly string[]): Promise<{ code: number; text: string }> {
  let text = '';
  command.exitOverride().configureOutput({
    writeErr: (line) => {
      text += line;
    },
  });
  try {
    await command.parseAsync(args, { from: 'user' });
  } catch (thrown) {
    if (thrown instanceof CommanderError) return { code: exitCodeOf(thrown), text };
    throw thrown;
  }
  throw new Error('the command was not refused');
}

const store = ['--features', 'http://x'];

describe('pod', () => {
  it.each([
    [1, /^pod: .*m\.onnx is not an ONNX model that can be run: .*\n$/, ['--model', broken]],
    [1, /^pod: a model requires a readable ONNX file: .*absent\.onnx.*\n$/, ['--model', 'absent.onnx']],
    [
      1,
      /^pod: a model card requires a readable file: .*absent\.json.*\n$/,
      ['--model', modelFile, '--card', 'absent.json'],
    ],
    [64, /required option '--model <file>' not specified/, []],
    [64, /unknown option '--modle'/, ['--model', modelFile, '--modle', 'x']],
    [
      64,
      /a duration requires a number with a unit \(ms, s, m, h, d\).*not "120"/,
      ['--model', modelFile, '--deadline', '120'],
    ],
    [64, /Allowed choices are zeros, default, error/, ['--model', modelFile, ...store, '--on-failure', 'zero']],
    [64, /^pod: --features requires --on-failure zeros\|default\|error\n$/, ['--model', modelFile, ...store]],
    [64, /^pod: --on-failure requires --features\n$/, ['--model', modelFile, '--on-failure', 'zeros']],
    [64, /^pod: --mark-degraded requires --features\n$/, ['--model', modelFile, '--mark-degraded']],
    [
      64,
      /^pod: --deadline requires at most the --timeout of 2s, not 3s\n$/,
      ['--model', modelFile, ...store, '--on-failure', 'zeros', '--deadline', '3s'],
    ],
    [
      64,
      /^pod: --features requires a model card with inputs that say "stored": true\n$/,
      ['--model', plainModel, ...store, '--on-failure', 'zeros'],
    ],
    [
      64,
      /^pod: a feature store requires an http or https URL, not "redis:\/\/x"\n$/,
      ['--model', modelFile, '--features', 'redis://x', '--on-failure', 'zeros'],
    ],
    [64, /an address to listen on requires host:port/, ['--model', modelFile, '--listen', '8080']],
  ])('exits with %i and says %s', async (code, message, args) => {
    const refusal = await refusalOf(podCommand(), args);
    expect(refusal.text).toMatch(message);
    expect(refusal.code).toBe(code);
  });
});

describe('feature-store', () => {
  const files = ['--rows', rowsFile, '--card', cardFile];

  it.each([
    [1, /^feature-store: .*line 1: JSON requires/, ['--rows', broken, '--card', cardFile]],
    [1, /^feature-store: rows require a readable file: .*absent/, ['--rows', 'absent', '--card', cardFile]],
    [64, /required option '--card <file>' not specified/, ['--rows', rowsFile]],
    [64, /a share requires a number with %.*not "0\.3"/, [...files, '--delay', '1s', '--delay-share', '0.3']],
    [64, /--delay-share below 100% requires --seed/, [...files, '--delay', '1s', '--delay-share', '30%']],
    [64, /--delay-share and --seed require --delay/, [...files, '--seed', '1']],
  ])('exits with %i and says %s', async (code, message, args) => {
    const refusal = await refusalOf(featureStoreCommand(), args);
    expect(refusal.text).toMatch(message);
    expect(refusal.code).toBe(code);
  });

  it('prints its help with exit code 0', async () => {
    const command = featureStoreCommand().configureOutput({ writeOut: () => {} });
    expect((await refusalOf(command, ['--help'])).code).toBe(0);
  });
});
