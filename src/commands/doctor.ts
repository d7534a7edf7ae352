// `penumbra doctor`: looks at everything a comparator stands on, and at what the running one says of its sources, and says in
// one line each what is wrong and what to do.
import { Command } from 'commander';
import type { EffectiveConfig } from '../config/effective.ts';
import { checkConfig } from '../config/load.ts';
import { problemLine } from '../config/problems.ts';
import { readSecret } from '../config/secrets.ts';
import { messageOf } from '../errors.ts';
import { createApiClient } from './api-client.ts';
import { doubtful, type Finding, failed, fine } from './doctor/finding.ts';
import { kafkaFindings } from './doctor/kafka.ts';
import { readabilityFindings } from './doctor/readability.ts';
import { limitFindings, type RunAccount, sourceFindings } from './doctor/sources.ts';
import { clockFinding, descriptorFinding, reachFinding, storeFinding } from './doctor/surroundings.ts';
import { withExitCodes } from './server-process.ts';

export function doctorCommand(): Command {
  return withExitCodes(new Command('doctor'))
    .summary(
      'what keeps penumbra from working here: config, shadows, Kafka, store, clock, limits, what its sources deliver',
    )
    .description(
      'Checks the config, whether production and every shadow accept connections, the store, the clock and the limit of ' +
        'open files; asks Kafka for the topics that the config reads or writes; asks the running comparator what each of its sources delivered, what of it was lost and why, and which ' +
        'setting changes that. Sends one HEAD to production.',
    )
    .argument('<file>', 'the config')
    .addHelpText('after', '\nExit codes: 0 nothing is wrong or only doubtful, 1 something is wrong, 64 wrong usage.')
    .action(async (file: string) => {
      const findings = await examine(file, process.env);
      process.stdout.write(findings.map(lineOf).join(''));
      process.exitCode = findings.some(({ verdict }) => verdict === 'failure') ? 1 : 0;
    });
}

export async function examine(file: string, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  let checked: ReturnType<typeof checkConfig>;
  try {
    checked = checkConfig(file, { env });
  } catch (thrown) {
    return [failed('config', messageOf(thrown))];
  }
  const { config, errors } = checked;
  const limits = descriptorFinding();
  if (config === null) return [...errors.map((problem) => failed('config', problemLine(file, problem))), limits];
  const { url } = config.production;
  const [reached, kafka] = await Promise.all([
    Promise.all([
      reachFinding('production', url),
      clockFinding(url, Date.now),
      ...shadowsOf(config).map(([name, shadow]) => reachFinding(name, shadow)),
    ]),
    kafkaFindings(config, env),
  ]);
  return [
    fine('config', `${file} is valid`),
    ...reached,
    ...kafka,
    storeFinding(config.store.path),
    limits,
    ...(await running(config, env)),
  ];
}

/** Every shadow address once, named by the first arm that has it. */
function shadowsOf({ experiments }: EffectiveConfig): [string, string][] {
  const shadows = new Map<string, string>();
  for (const { name, arms } of experiments) {
    for (const arm of arms) {
      const url = arm.target?.type === 'http' ? arm.target.url : null;
      if (url !== null && !shadows.has(url)) shadows.set(url, `shadow ${name}.${arm.name}`);
    }
  }
  return [...shadows].map(([url, name]) => [name, url]);
}

interface Health {
  readonly sources: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly seen?: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** What the comparator that runs on this config says of its sources and its runs. */
async function running({ api, source }: EffectiveConfig, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const about = 'comparator';
  try {
    const { read, operate, approve } = api.tokensFrom ?? {};
    const from = api.tokenFrom ?? read ?? operate ?? approve;
    const token = from === undefined ? undefined : readSecret(from, { env });
    const client = createApiClient({ url: `http://${api.listen}`, token, timeoutMs: 3000 });
    const health = (await client.get('/v1/health')) as Health;
    const found = fine(about, `runs at ${api.listen}`);
    const { runs } = (await client.get('/v1/runs')) as {
      runs: readonly (RunAccount & { readonly endedAt: number | null })[];
    };
    const accounts = Object.entries(health.sources).map(([name, losses]) => {
      return { name, losses, seen: health.seen?.[name] ?? {} };
    });
    const tap = source.tap === null ? null : { seen: health.seen?.tap ?? {}, losses: health.sources.tap ?? {} };
    return [
      found,
      ...(tap === null ? [] : readabilityFindings(tap)),
      ...sourceFindings(accounts),
      ...limitFindings(runs.filter(({ endedAt }) => endedAt === null)),
    ];
  } catch (thrown) {
    return [doubtful(about, `${messageOf(thrown)}; what its sources deliver is known once it runs`)];
  }
}

const marks = { ok: 'ok      ', warning: 'doubtful', failure: 'WRONG   ' };

function lineOf({ about, verdict, text }: Finding): string {
  return `${marks[verdict]}  ${about}: ${text}\n`;
}
