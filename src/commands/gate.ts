// `penumbra gate`: asks "may this be promoted?" and exits with the answer. It decides nothing itself, and passes only on a
// whole, fresh answer to exactly this question.
import { randomBytes } from 'node:crypto';
import { Command, Option } from 'commander';
import { gateExitCodes } from '../core/judge/gate.ts';
import { parseDurationMs } from '../core/units.ts';
import { messageOf } from '../errors.ts';
import type { GateVerdict } from '../model.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { type ApiFlags, tokenOf, urlOption } from './api-options.ts';
import { checkGateAnswer, type GateAnswer } from './gate-answer.ts';
import { optionOf, withExitCodes } from './server-process.ts';

interface GateFlags extends ApiFlags {
  readonly run?: string;
  readonly experiment?: string;
  readonly wait: number;
  readonly format: 'text' | 'json';
}

export function gateCommand(): Command {
  return withExitCodes(new Command('gate'))
    .summary('may this candidate be promoted? the exit code says it')
    .description('Asks the comparator about a run, prints the reasons and exits with the verdict.')
    .option('--run <id>', 'the run, as printed by: penumbra run start')
    .option('--experiment <name>', 'or an experiment: its newest run')
    .option('--wait <duration>', 'wait this long for a decision, for example 10m', optionOf(parseDurationMs), 0)
    .addOption(new Option('--format <format>', 'text or json').choices(['text', 'json']).default('text'))
    .addOption(urlOption())
    .addHelpText('after', helpText)
    .action(async (flags: GateFlags, command: Command) => {
      if ((flags.run === undefined) === (flags.experiment === undefined)) {
        command.error('gate: requires either --run ID or --experiment NAME', { exitCode: 64 });
      }
      const answer = await ask(flags);
      const text = flags.format === 'json' ? JSON.stringify(answer, null, 2) : toText(answer);
      process.stdout.write(`${text}\n`, () => process.exit(gateExitCodes[answer.verdict]));
      process.exitCode = gateExitCodes[answer.verdict];
    });
}

const helpText = `
Exit codes:
   0 PASS          every required hypothesis is proven, on fresh and unbiased evidence about this one candidate
  10 FAIL          a required hypothesis is violated
  11 INCONCLUSIVE  not decided within the run, or the candidate could hardly be reached
  12 NO_DATA       nothing or too little was compared
  13 STALE         the evidence is too old
  14 TIMEOUT       --wait elapsed before a decision
  15 ABORTED       the run was stopped
  16 BIASED        too much was lost, or the control itself differs from production
  20 ERROR         the comparator could not be asked, or the candidate cannot be identified
  64               wrong options
Only 0 means yes. The bearer token, if one is asked for, is taken from PENUMBRA_TOKEN.`;

const pollEveryMs = 1000;
const retries = 5;

async function ask(flags: GateFlags): Promise<GateAnswer> {
  const client = createApiClient({ url: flags.url, token: tokenOf(process.env) });
  const untilMs = performance.now() + flags.wait;
  for (let failures = 0; ; ) {
    const answer = await askOnce(client, flags);
    failures = answer.reachable ? 0 : failures + 1;
    if (answer.final || flags.wait === 0) return answer;
    const leftMs = untilMs - performance.now();
    if (!answer.reachable && failures >= retries) return answer;
    if (leftMs <= 0) return answer.reachable ? timedOut(answer) : answer;
    await new Promise((resume) => setTimeout(resume, Math.min(pollEveryMs, leftMs)));
  }
}

async function askOnce(
  client: ApiClient,
  { run, experiment }: GateFlags,
): Promise<GateAnswer & { reachable: boolean }> {
  const nonce = randomBytes(16).toString('hex');
  const query = new URLSearchParams({ ...(run === undefined ? { experiment: experiment ?? '' } : { run }), nonce });
  try {
    const body = await client.get(`/v1/gate?${query}`);
    return {
      ...checkGateAnswer(body, { nonce, run: run ?? null, experiment: experiment ?? null, nowMs: Date.now() }),
      reachable: true,
    };
  } catch (thrown) {
    const message = messageOf(thrown);
    // Unknown names are an answer (nothing was measured), not a fault on the way.
    const isUnknown = message.includes('RUN_NOT_FOUND');
    const verdict: GateVerdict = isUnknown ? 'NO_DATA' : 'ERROR';
    return {
      verdict,
      reasonCode: isUnknown ? 'run_not_found' : 'unreachable',
      reasons: [message],
      final: isUnknown,
      reachable: isUnknown,
    };
  }
}

function timedOut(answer: GateAnswer): GateAnswer {
  const reasons = ['the wait elapsed before a decision', ...answer.reasons];
  return { ...answer, verdict: 'TIMEOUT', reasonCode: 'wait_elapsed', reasons };
}

function toText({ verdict, reasons }: GateAnswer): string {
  return [`${verdict} (exit ${gateExitCodes[verdict]})`, ...reasons.map((reason) => `  ${reason}`)].join('\n');
}
