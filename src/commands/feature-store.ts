// `penumbra feature-store`: serves the stored features of recorded rows by entity key, slow for a share of the keys if told.
import { Command, Option } from 'commander';
import { formatDuration, formatShare, parseDurationMs, parseShare } from '../core/units.ts';
import { PenumbraError } from '../errors.ts';
import type { ListenAddress } from '../io/listen-address.ts';
import { readModelCard } from '../io/model-card.ts';
import { readFeatureRows } from '../pod/feature-rows.ts';
import { createFeatureStoreServer, type SlowKeys } from '../pod/feature-store.ts';
import { listenOption, optionOf, runServer, withExitCodes } from './server-process.ts';

interface FeatureStoreOptions {
  readonly rows: string;
  readonly card: string;
  readonly listen: ListenAddress;
  readonly delay?: number;
  readonly delayShare?: number;
  readonly seed?: string;
}

export function featureStoreCommand(): Command {
  const command = new Command('feature-store');
  command
    .description('serve the stored features of recorded rows by entity key')
    .requiredOption('--rows <file>', 'JSON lines {"key", "features"}, gzipped when the name ends in .gz')
    .requiredOption('--card <file>', 'the model card that names the features')
    .addOption(listenOption())
    .addOption(
      new Option('--delay <duration>', 'answer slow keys this much later').argParser(optionOf(parseDurationMs)),
    )
    .addOption(
      new Option('--delay-share <share>', 'the share of keys that are slow (default: 100%)').argParser(
        optionOf(parseShare),
      ),
    )
    .option('--seed <text>', 'decides which keys are slow')
    .action((options: FeatureStoreOptions) =>
      runServer(command, { title: 'feature-store', listen: options.listen, open: () => openStore(options) }),
    );
  return withExitCodes(command);
}

async function openStore(options: FeatureStoreOptions) {
  const slow = slowKeysOf(options);
  const rows = await readFeatureRows(options.rows, readModelCard(options.card));
  const app = createFeatureStoreServer(rows, { slow });
  const slowness = slow ? `, ${formatDuration(slow.delayMs)} later for ${formatShare(slow.share)} of keys` : '';
  return { app, subject: `${rows.valuesByKey.size} rows${slowness}` };
}

function slowKeysOf({ delay, delayShare = 1, seed }: FeatureStoreOptions): SlowKeys | null {
  if (delay === undefined) {
    if (delayShare !== 1 || seed !== undefined)
      throw new PenumbraError('USAGE', '--delay-share and --seed require --delay');
    return null;
  }
  if (delayShare < 1 && seed === undefined)
    throw new PenumbraError(
      'USAGE',
      '--delay-share below 100% requires --seed: the comparator computes the slow keys from it',
    );
  return { delayMs: delay, share: delayShare, seed: seed ?? '' };
}
