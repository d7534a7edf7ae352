// `penumbra chaos`: a declared suite of experiments on recorded traffic, one after the other, and the robustness card that comes of it.
import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { whyUnusable } from '../app/usable-model.ts';
import { type Card, cardOf } from '../chaos/card.ts';
import { type ChaosConfig, isLive, isRecorded } from '../config/chaos-config.ts';
import type { EffectiveConfig } from '../config/effective.ts';
import { checkConfig } from '../config/load.ts';
import { problemLine } from '../config/problems.ts';
import type { Environment } from '../config/secrets.ts';
import { messageOf, PenumbraError } from '../errors.ts';
import { createApiClient } from './api-client.ts';
import { readUrl, tokenHelp, tokenOf } from './api-options.ts';
import { askSuite, cardOfSuite } from './chaos/ask-suite.ts';
import { cardHtml } from './chaos/card-html.ts';
import { cardMarkdown } from './chaos/card-markdown.ts';
import { cardText } from './chaos/card-text.ts';
import { chaosHelp } from './chaos/help.ts';
import { createSteps } from './chaos/progress.ts';
import { runSuite } from './chaos/run-suite.ts';
import { usageExit, withExitCodes } from './server-process.ts';

interface ChaosFlags {
  readonly config: string;
  readonly json?: string;
  readonly markdown?: string;
  readonly html?: string;
  readonly exitZero?: boolean;
  readonly comparator?: string;
}

/** As `penumbra gate` answers: FAIL, INCONCLUSIVE and ABORTED. */
const exitCodes = { violated: 10, undecided: 11, aborted: 15 } as const;

export function chaosCommand(): Command {
  return withExitCodes(new Command('chaos'))
    .summary('a suite of faults on recorded or live traffic, and the robustness card of every version')
    .description(
      'Puts every version under every fault of every feature, and prints a robustness card: what was loud, ' +
        'bounded or silent, and how the versions differ. On recorded traffic nothing listens; on live traffic a comparator ' +
        'runs the suite. Production is never asked.',
    )
    .requiredOption('--config <file>', 'the config with a section "chaos"')
    .option('--json <file>', 'also write the card as JSON')
    .option('--markdown <file>', 'also write the card as Markdown')
    .option('--html <file>', 'also write the card as one HTML file with its pictures')
    .addOption(
      new Option('--comparator <url>', 'live traffic: where the comparator that runs the suite answers').argParser(
        readUrl,
      ),
    )
    .option('--exit-zero', 'end with 0 when the card is done, whatever it says')
    .addHelpText('after', `${chaosHelp}\n${tokenHelp}`)
    .action(async (flags: ChaosFlags, command: Command) => {
      try {
        const { comparator } = flags;
        const { card, abortedBy } =
          comparator === undefined
            ? { card: await chaos(flags.config, { env: process.env, isTold: true }), abortedBy: null }
            : await liveChaos(flags.config, { env: process.env, isTold: true, comparator });
        writeCard(card, flags);
        process.stdout.write(cardText(card));
        if (abortedBy !== null) process.stderr.write(`chaos: ABORTED: ${abortedBy}\n`);
        process.exitCode = abortedBy !== null ? exitCodes.aborted : flags.exitZero === true ? 0 : exitCodeFor(card);
      } catch (thrown) {
        const isUsage = thrown instanceof PenumbraError && thrown.code === 'USAGE';
        command.error(`chaos: ${messageOf(thrown)}`, { exitCode: isUsage ? usageExit : 1 });
      }
    });
}

export interface ChaosOptions {
  readonly env: Environment;
  /** Whether progress is said on standard error. */
  readonly isTold?: boolean;
}

/** Throws CONFIG_NOT_FOUND, CONFIG_INVALID, USAGE (no suite in it), MODEL_INVALID, RECORDING_INVALID, RUN_CANNOT_START. */
export async function chaos(file: string, { env, isTold = false }: ChaosOptions): Promise<Card> {
  const config = readConfig(file, env);
  const suite = suiteOf(config, file);
  if (!isRecorded(suite)) {
    throw new PenumbraError(
      'USAGE',
      `the suite of ${file} runs on live traffic: start penumbra serve, then add --comparator URL`,
    );
  }
  await requireVersions(suite, config);
  const steps = isTold ? createSteps(process.stderr) : null;
  try {
    const told = steps === null ? {} : { onStep: steps.say };
    return cardOf(await runSuite({ config, chaos: suite, env, ...told }), { config, chaos: suite });
  } finally {
    steps?.end();
  }
}

interface LiveOptions extends ChaosOptions {
  readonly comparator: string;
}

interface EndedSuite {
  readonly card: Card;
  /** Null when it came to its end. */
  readonly abortedBy: string | null;
}

/** Throws CONFIG_NOT_FOUND, CONFIG_INVALID, USAGE, and what the comparator refuses with. */
async function liveChaos(file: string, { env, isTold = false, comparator }: LiveOptions): Promise<EndedSuite> {
  const suite = suiteOf(readConfig(file, env), file);
  if (!isLive(suite)) {
    throw new PenumbraError('USAGE', `the suite of ${file} runs on recorded traffic: leave --comparator out`);
  }
  const steps = isTold ? createSteps(process.stderr) : null;
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  process.once('SIGINT', interrupt);
  try {
    const client = createApiClient({ url: comparator, token: tokenOf(env) });
    const told = steps === null ? {} : { onStep: steps.say };
    const view = await askSuite(suite, { client, signal: interrupted.signal, ...told });
    const abortedBy = view.state === 'ABORTED' ? (view.endReason ?? 'it was ended') : null;
    return { card: cardOfSuite(view), abortedBy };
  } finally {
    process.off('SIGINT', interrupt);
    steps?.end();
  }
}

function suiteOf({ chaos: suite }: EffectiveConfig, file: string): ChaosConfig {
  if (suite !== undefined) return suite;
  throw new PenumbraError('USAGE', `${file} has no section "chaos": there is nothing to run`);
}

export function exitCodeFor({ summary }: Pick<Card, 'summary'>): number {
  if (summary.VIOLATED > 0) return exitCodes.violated;
  return summary.UNDECIDED > 0 ? exitCodes.undecided : 0;
}

function writeCard(card: Card, { json, markdown, html }: ChaosFlags): void {
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(card, null, 2)}\n`);
  if (markdown !== undefined) writeFileSync(markdown, cardMarkdown(card));
  if (html !== undefined) writeFileSync(html, cardHtml(card));
}

async function requireVersions({ versions }: ChaosConfig, { decisions }: EffectiveConfig): Promise<void> {
  for (const { target } of versions) {
    const problem = target.type === 'onnx' ? await whyUnusable(target.file, decisions) : null;
    if (problem !== null) throw new PenumbraError('MODEL_INVALID', problem);
  }
}

function readConfig(file: string, env: Environment): EffectiveConfig {
  const { config, errors } = checkConfig(file, { env });
  if (config !== null) return config;
  const lines = errors.map((problem) => problemLine(file, problem));
  throw new PenumbraError('CONFIG_INVALID', `the config is not valid\n${lines.join('\n')}`);
}
