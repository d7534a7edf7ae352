// `penumbra doctor`: looks at everything a comparator stands on, and at what the running one says of its taps, and says in
// one line each what is wrong and what to do.
import { Command } from 'commander';
import type { EffectiveConfig } from '../config/effective.ts';
import { checkConfig } from '../config/load.ts';
import { problemLine } from '../config/problems.ts';
import { readSecret } from '../config/secrets.ts';
import { messageOf } from '../errors.ts';
import { createApiClient } from './api-client.ts';
import { doubtful, type Finding, failed, fine } from './doctor/finding.ts';
import { readabilityFindings } from './doctor/readability.ts';
import { clockFinding, descriptorFinding, reachFinding, storeFinding } from './doctor/surroundings.ts';
import { withExitCodes } from './server-process.ts';

export function doctorCommand(): Command {
  return withExitCodes(new Command('doctor'))
    .summary('what keeps penumbra from working here: config, shadows, store, clock, limits, what the tap can read')
    .description(
      'Checks the config, whether production and every shadow accept connections, the store, the clock and the limit of ' +
        'open files; asks the running comparator how many connections its taps could read. Sends one HEAD to production.',
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
  const found = await Promise.all([
    reachFinding('production', url),
    clockFinding(url, Date.now),
    ...shadowsOf(config).map(([name, shadow]) => reachFinding(name, shadow)),
  ]);
  return [
    fine('config', `${file} is valid`),
    ...found,
    storeFinding(config.store.path),
    limits,
    ...(await taps(config, env)),
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

async function taps({ api, source }: EffectiveConfig, env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const about = 'comparator';
  try {
    const token = api.tokenFrom === null ? undefined : readSecret(api.tokenFrom, { env });
    const client = createApiClient({ url: `http://${api.listen}`, token, timeoutMs: 3000 });
    const health = (await client.get('/v1/health')) as Health;
    const running = fine(about, `runs at ${api.listen}`);
    if (source.tap === null) return [running];
    return [running, ...readabilityFindings({ seen: health.seen?.tap ?? {}, losses: health.sources.tap ?? {} })];
  } catch (thrown) {
    return [doubtful(about, `${messageOf(thrown)}; what the tap can read is known once it runs`)];
  }
}

const marks = { ok: 'ok      ', warning: 'doubtful', failure: 'WRONG   ' };

function lineOf({ about, verdict, text }: Finding): string {
  return `${marks[verdict]}  ${about}: ${text}\n`;
}
