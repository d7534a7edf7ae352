// `penumbra init`: asks a running model server what it serves, looks at recorded requests, and writes a config to begin with.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { checkConfig } from '../config/load.ts';
import { problemLine } from '../config/problems.ts';
import { messageOf, PenumbraError } from '../errors.ts';
import { readMetadata } from './init/metadata.ts';
import { observe } from './init/observe.ts';
import { configText } from './init/write-config.ts';
import { withScratchFolder } from './scratch-folder.ts';
import { withExitCodes } from './server-process.ts';

interface InitFlags {
  readonly url: string;
  readonly model?: string;
  readonly recording?: string;
  readonly twin?: string;
  readonly candidate?: string;
  readonly output: string;
  readonly force?: boolean;
}

const helpText = `
Examples:
  penumbra init --url http://127.0.0.1:8080
  penumbra init --url http://model:8080 --model flight-delay --recording seen.jsonl.gz \\
    --twin http://model-twin:8080 --candidate http://model-v2:8080 --output penumbra.yaml

The server is only asked what it serves (Open Inference Protocol v2: /v2/models/NAME), never for a prediction. A recording,
one exchange a line as penumbra replay reads it, fills in ranges, defaults and the latency that was seen. What is guessed
is marked CHECK. The file is checked before it is written. Exit codes: 0 written, 1 it could not be, 64 wrong options.`;

export function initCommand(): Command {
  return withExitCodes(new Command('init'))
    .summary('write a config to begin with, from what a model server says of itself')
    .description('Reads a server’s metadata and recorded requests, and writes a commented config ready for validate.')
    .requiredOption('--url <url>', 'where the live model answers', readUrl)
    .option('--model <name>', 'which of its models; may be left out when it lists one')
    .option(
      '--recording <file>',
      'recorded exchanges: JSON lines or a capture of GoReplay, gzip when the name ends in .gz',
    )
    .option('--twin <url>', 'another replica of production: the control arm', readUrl)
    .option('--candidate <url>', 'the model that may be promoted', readUrl)
    .option('--output <file>', 'where the config goes; - is standard output', 'penumbra.yaml')
    .option('--force', 'replace the file if it is there')
    .addHelpText('after', helpText)
    .action(async (flags: InitFlags, command: Command) => {
      try {
        await init(flags);
      } catch (thrown) {
        command.error(`init: ${messageOf(thrown)}`, { exitCode: 1 });
      }
    });
}

async function init({ url, model, recording, twin, candidate, output, force = false }: InitFlags): Promise<void> {
  if (output !== '-' && !force && existsSync(output)) {
    throw new PenumbraError('USAGE', `${output} is there already: name another file with --output, or say --force`);
  }
  const observed = recording === undefined ? null : await observe(recording);
  const metadata = await readMetadata(url, { model: model ?? observed?.model ?? null });
  const text = configText({ url, metadata, observed, twin: twin ?? null, candidate: candidate ?? null });
  await checkWritten(text);
  if (output === '-') {
    process.stdout.write(text);
    return;
  }
  writeFileSync(output, text);
  const unreadable = observed?.unreadable ?? 0;
  const left = unreadable === 0 ? '' : ` (${unreadable} recorded lines could not be read)`;
  process.stderr.write(
    `written: ${output}${left}\nNext: look at the lines marked CHECK, then penumbra validate ${output}\n`,
  );
}

/** What this command writes must be understood by every other. */
async function checkWritten(text: string): Promise<void> {
  await withScratchFolder('init', async (directory) => {
    const file = join(directory, 'penumbra.yaml');
    writeFileSync(file, text);
    const { errors } = checkConfig(file, { env: {} });
    if (errors.length === 0) return;
    const lines = errors.map((problem) => problemLine('the written config', problem));
    throw new PenumbraError('INTERNAL', `what was found makes no valid config:\n${lines.join('\n')}\n\n${text}`);
  });
}

function readUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text.replace(/\/$/, '');
  throw new InvalidArgumentError('It must be like http://127.0.0.1:8080.');
}
