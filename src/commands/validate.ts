// `penumbra validate`: checks a config without starting anything. Every error at once with its line and column, or what the
// config means: each hypothesis in words, with its limit and error rates.
import { Command } from 'commander';
import { boundsMeaning, serviceBoundsMeaning } from '../config/bounds-text.ts';
import { chaosMeaning } from '../config/chaos-meaning.ts';
import { dependencyMeaning } from '../config/dependencies.ts';
import { dependencyFaultMeaning } from '../config/dependency-fault.ts';
import { meaningOf, standingOf } from '../config/describe.ts';
import type { EffectiveConfig } from '../config/effective.ts';
import { effectiveText } from '../config/effective-text.ts';
import { checkConfig } from '../config/load.ts';
import { problemLine } from '../config/problems.ts';
import { processMeaning } from '../config/process-text.ts';
import { nextTimes } from '../config/schedule.ts';
import type { Environment } from '../config/secrets.ts';
import { stopMeaning } from '../config/stop-meaning.ts';
import { watchMeaning } from '../config/watch-text.ts';
import { formatDuration } from '../core/units.ts';
import { messageOf } from '../errors.ts';
import type { Experiment } from '../model.ts';
import { withExitCodes } from './server-process.ts';
import { modelProblems } from './validate-models.ts';

export interface Validation {
  /** For standard output. */
  readonly report: string;
  /** For standard error, one problem a line. */
  readonly problems: string;
  readonly exitCode: 0 | 1;
}

export function validateCommand(): Command {
  return withExitCodes(new Command('validate'))
    .summary('check a config: every error with its line and column, or what it means in words')
    .description('Checks a config and the models it names, prints what is expected of every arm, and starts nothing.')
    .argument('<file>', 'the config')
    .option('--effective', 'print the whole config instead, with every default')
    .addHelpText('after', helpText)
    .action(async (file: string, { effective = false }: { effective?: boolean }) => {
      const { report, problems, exitCode } = await validate(file, { effective, env: process.env });
      process.stdout.write(report);
      process.stderr.write(problems);
      process.exitCode = exitCode;
    });
}

const helpText = `
The smallest config:
  service: flight-delay
  production:
    url: http://127.0.0.1:8080
    protocol: open-inference-v2
    slo: {latency: 200ms}
  decisions:
    late: {output: "probabilities[:,1]", label: above 0.5}
  experiments:
    release:
      arms:
        control:   {target: {url: http://127.0.0.1:8081}}
        candidate: {target: {url: http://127.0.0.1:8082}}
      expect:
        candidate.late: {flip: at most 5%}

Durations are written 250ms, 10s, 30m, 24h; shares 30%; sizes 4MiB; rates 50 per second.
Limits: ${'"at most 5%", "no more than control + 0.5%", "at least 99%", "practically none" (0.1%).'}
Paths are relative to the config. Secrets are references: "\${env:NAME}" or "\${file:/path}".
More examples stand in config/. How long evidence takes to gather: penumbra plan FILE.
Exit codes: 0 valid, 1 not valid, 64 wrong usage.`;

interface ValidateOptions {
  readonly effective: boolean;
  readonly env: Environment;
  /** From when on next start times are said; now unless given. */
  readonly nowMs?: number;
}

/** Never throws for a bad config. */
export async function validate(file: string, options: ValidateOptions): Promise<Validation> {
  try {
    const { config, errors, warnings, positionOf } = checkConfig(file, options);
    const found = config ? await modelProblems(config, positionOf) : errors;
    const warned = warnings.map(
      (warning) => `${problemLine(file, { ...warning, message: `warning: ${warning.message}` })}\n`,
    );
    if (!config || found.length > 0) {
      const lines = found.map((problem) => `${problemLine(file, problem)}\n`);
      return { report: '', problems: [...lines, ...warned].join(''), exitCode: 1 };
    }
    const report = options.effective
      ? effectiveText(config)
      : `${file}: ok\n${meaning(config, options.nowMs ?? Date.now())}`;
    return { report, problems: warned.join(''), exitCode: 0 };
  } catch (thrown) {
    return { report: '', problems: `${messageOf(thrown)}\n`, exitCode: 1 };
  }
}

function meaning(config: EffectiveConfig, nowMs: number): string {
  const { experiments, chaos, watch, dependencies = [] } = config;
  const trials = experiments.map(
    (experiment) =>
      `\n${titleOf(experiment)}\n${timesOf(experiment, nowMs)}${boundsOf(experiment, nowMs)}${claimsOf(experiment)}${processesOf(experiment)}${disturbedOf(experiment, dependencies)}${stopsOf(experiment)}`,
  );
  const behind = dependencies.map((one) => `\n${dependencyMeaning(one)}\n`);
  const suite = chaos === undefined ? [] : [`\n${chaosMeaning(chaos, nowMs)}`];
  return [
    serviceBoundsMeaning(config),
    ...trials,
    ...suite,
    ...(watch === undefined ? [] : [watchMeaning(watch)]),
    ...behind,
  ].join('');
}

function processesOf({ arms }: Experiment): string {
  return processMeaning(arms)
    .map((line) => `  ${line}\n`)
    .join('');
}

function titleOf({ name, gate, maxTimeMs }: Experiment): string {
  const time = formatDuration(maxTimeMs);
  if (!gate) return `${name}: no gate, at most ${time}`;
  const valid = formatDuration(gate.validForMs);
  return `${name}: answers a gate after at least ${gate.minPairs} pairs and at most ${time}; a pass is valid for ${valid}`;
}

function timesOf({ schedule, maxTimeMs }: Experiment, nowMs: number): string {
  if (schedule === undefined) return '';
  return `  starts by itself and ends after ${formatDuration(maxTimeMs)}; next: ${nextTimes(schedule, nowMs)}\n`;
}

function boundsOf(experiment: Experiment, nowMs: number): string {
  return boundsMeaning(experiment, nowMs)
    .map((line) => `  ${line}\n`)
    .join('');
}

function claimsOf({ hypotheses }: Experiment): string {
  return hypotheses
    .map((hypothesis) => `  ${hypothesis.id}\n    ${meaningOf(hypothesis)}\n    ${standingOf(hypothesis)}\n`)
    .join('');
}

function disturbedOf({ arms }: Experiment, dependencies: EffectiveConfig['dependencies']): string {
  return arms
    .flatMap((arm) => dependencyFaultMeaning(arm, { dependencies }))
    .map((line) => `  ${line}\n`)
    .join('');
}

function stopsOf({ stopWhen }: Experiment): string {
  return stopWhen.map((condition) => `  stops when ${condition.text}\n    ${stopMeaning(condition)}\n`).join('');
}
