// `penumbra pod`: serves an ONNX file by the Open Inference Protocol v2, optionally with features from a feature store.
import { Command, Option } from 'commander';
import { formatDuration, parseDurationMs } from '../core/units.ts';
import { PenumbraError } from '../errors.ts';
import type { ListenAddress } from '../io/listen-address.ts';
import { loadServedModel, type ServedModel } from '../io/served-model.ts';
import { createFeatureClient } from '../pod/feature-client.ts';
import { createFeatureFill, type FailurePolicy, type FeatureFill, failurePolicies } from '../pod/fill-features.ts';
import { createPodServer } from '../pod/server.ts';
import { listenOption, optionOf, runServer, withExitCodes } from './server-process.ts';

interface PodOptions {
  readonly model: string;
  readonly card?: string;
  readonly name?: string;
  readonly listen: ListenAddress;
  readonly features?: string;
  readonly timeout: number;
  readonly deadline: number;
  readonly onFailure?: FailurePolicy;
  readonly markDegraded: boolean;
}

export function podCommand(): Command {
  const command = new Command('pod');
  command
    .description('serve an ONNX model by the Open Inference Protocol v2 (REST)')
    .requiredOption('--model <file>', 'the ONNX file')
    .option('--card <file>', 'its model card (default: the .json beside the model)')
    .option('--name <name>', "the name it is served under (default: the card's, else the file's)")
    .addOption(listenOption())
    .option('--features <url>', "take the card's stored inputs from this feature store, by the input entity_key")
    .addOption(durationOption('--timeout <duration>', 'longest HTTP call to the feature store', 2000))
    .addOption(durationOption('--deadline <duration>', 'go on without the feature store after this', 120))
    .addOption(new Option('--on-failure <policy>', 'what to do without it').choices(failurePolicies))
    .option('--mark-degraded', 'say parameters.degraded: true in answers that rest on fallback values', false)
    .action((options: PodOptions) =>
      runServer(command, { title: 'pod', listen: options.listen, open: () => openPod(command, options) }),
    );
  return withExitCodes(command);
}

function durationOption(flags: string, description: string, defaultMs: number): Option {
  return new Option(flags, description)
    .default(defaultMs, formatDuration(defaultMs))
    .argParser(optionOf(parseDurationMs));
}

async function openPod(command: Command, options: PodOptions) {
  requireTogether(command, options);
  const served = await loadServedModel(options.model, { card: options.card, name: options.name });
  const features =
    options.features === undefined ? null : openFeatures(served, { ...options, features: options.features });
  const app = createPodServer({ served, features, markDegraded: options.markDegraded });
  return { app, subject: `${served.name} ${served.version}` };
}

function requireTogether(command: Command, { features, onFailure, timeout, deadline }: PodOptions): void {
  if (features === undefined) {
    const lonely = ['timeout', 'deadline', 'onFailure', 'markDegraded'].find(
      (name) => command.getOptionValueSource(name) === 'cli',
    );
    const flag = lonely?.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    if (flag !== undefined) throw new PenumbraError('USAGE', `--${flag} requires --features`);
    return;
  }
  if (onFailure === undefined)
    throw new PenumbraError('USAGE', `--features requires --on-failure ${failurePolicies.join('|')}`);
  if (deadline > timeout) {
    throw new PenumbraError(
      'USAGE',
      `--deadline requires at most the --timeout of ${formatDuration(timeout)}, not ${formatDuration(deadline)}`,
    );
  }
}

function openFeatures(served: ServedModel, options: PodOptions & { features: string }): FeatureFill {
  const inputs = served.card?.inputs.filter((input) => input.stored) ?? [];
  if (inputs.length === 0)
    throw new PenumbraError('USAGE', '--features requires a model card with inputs that say "stored": true');
  const client = createFeatureClient({
    url: options.features,
    inputs,
    timeoutMs: options.timeout,
    deadlineMs: options.deadline,
  });
  return createFeatureFill({ client, inputs, onFailure: options.onFailure ?? 'error' });
}
