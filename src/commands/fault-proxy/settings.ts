// A fault proxy's settings out of flags, or out of a dependency in a config.
import type { DependencyConfig, EffectiveConfig } from '../../config/effective.ts';
import { type Environment, readSecret } from '../../config/secrets.ts';
import { PenumbraError } from '../../errors.ts';
import {
  type FaultProxySettings,
  type HostPort,
  standardCaps,
  standardRememberBytes,
} from '../../faults/proxy/settings.ts';
import { parseListenAddress } from '../../io/listen-address.ts';

export interface PlainFlags {
  readonly protocol: 'http' | 'tcp';
  readonly listen?: HostPort;
  readonly upstream?: HostPort;
  readonly standby?: HostPort;
  readonly control?: HostPort;
  readonly tokenEnv?: string;
  readonly sloLatency?: number;
  readonly sloErrors?: number;
  readonly maxRequests?: number;
  readonly maxConnections?: number;
  readonly maxInFlight?: number;
  readonly probe?: string;
  readonly key?: string;
  readonly seed?: string;
  readonly remember?: number;
}

/** @throws PenumbraError USAGE for what is missing or contradictory */
export function settingsFromFlags(flags: PlainFlags, env: Environment): FaultProxySettings {
  const { protocol, listen, upstream, key = 'request' } = flags;
  if (!listen || !upstream)
    throw new PenumbraError('USAGE', 'fault-proxy requires --listen and --upstream, or --config with --dependency');
  if (protocol === 'tcp' && key !== 'request')
    throw new PenumbraError('USAGE', '--key requires --protocol http: on tcp a share is of connections');
  return {
    name: 'dependency',
    protocol,
    listen,
    upstream,
    standby: flags.standby ?? null,
    slo: { latencyMs: flags.sloLatency ?? null, errors: flags.sloErrors ?? null },
    caps: {
      requestsPerSecond: flags.maxRequests ?? standardCaps.requestsPerSecond,
      connections: flags.maxConnections ?? standardCaps.connections,
      inFlight: flags.maxInFlight ?? standardCaps.inFlight,
    },
    control: flags.control ?? null,
    token: flags.tokenEnv === undefined ? null : readSecret({ from: 'env', name: flags.tokenEnv }, { env }),
    probe: flags.probe === undefined ? null : unescaped(flags.probe),
    key,
    seed: flags.seed ?? '1',
    rememberBytes: flags.remember ?? standardRememberBytes,
  };
}

/** @throws PenumbraError USAGE when the dependency is not named or unknown, CONFIG_INVALID when its token is missing */
export function settingsFromConfig(
  config: EffectiveConfig,
  { name, flags, env }: { name: string | undefined; flags: PlainFlags; env: Environment },
): FaultProxySettings {
  const { dependencies = [] } = config;
  const names = dependencies.map((one) => one.name);
  const found =
    name === undefined && names.length === 1 ? dependencies[0] : dependencies.find((one) => one.name === name);
  if (!found) {
    const known = names.length === 0 ? 'the config has none' : `in the config: ${names.join(', ')}`;
    throw new PenumbraError('USAGE', `--dependency requires the name of a dependency; ${known}`);
  }
  const said = (['listen', 'upstream', 'control', 'standby'] as const).filter(
    (key) => key !== 'control' || found.control !== null,
  );
  const given = said.find((key) => flags[key] !== undefined);
  if (given) throw new PenumbraError('USAGE', `--${given} is said by the config: leave it out`);
  const settings = settingsOf(found, { env });
  return { ...settings, control: settings.control ?? flags.control ?? null };
}

/** The settings of a dependency, its token read. @throws PenumbraError CONFIG_INVALID when the token is missing */
export function settingsOf(dependency: DependencyConfig, { env }: { env: Environment }): FaultProxySettings {
  const { tokenFrom, listen, upstream, standby, control, runs: _, ...same } = dependency;
  return {
    ...same,
    listen: parseListenAddress(listen),
    upstream: parseListenAddress(upstream),
    standby: standby === null ? null : parseListenAddress(standby),
    control: control === null ? null : parseListenAddress(control),
    token: tokenFrom === null ? null : readSecret(tokenFrom, { env }),
  };
}

/** On a command line `\r\n` is four characters. */
function unescaped(text: string): string {
  return text.replaceAll('\\r', '\r').replaceAll('\\n', '\n');
}
