// `dependencies`: what stands behind the shadow pods and is reached through a fault proxy. Addresses that would put the
// proxy in production's own way, or in its own, are refused here, before a socket is opened.

import { formatDuration, formatShare } from '../core/units.ts';
import { messageOf } from '../errors.ts';
import { keyReaderOf } from '../faults/proxy/entity-key.ts';
import { isLoopback } from '../faults/proxy/settings.ts';
import { dependencyCapsSchema, dependencySchema } from './dependencies-schema.ts';
import type { ApiConfig, DependencyConfig, Production, SecretFrom, SourceConfig } from './effective.ts';
import { readSecretFrom, type SecretSetting } from './secret-fields.ts';
import { childOf, entriesOf, nameOf, readShape, type Spot, show } from './shape.ts';
import { formatSize } from './sizes-and-rates.ts';

export interface DependencySetting extends SecretSetting {
  readonly seed: string;
  /** Null when that section was reported already. */
  readonly production: Production | null;
  readonly source: SourceConfig | null;
  readonly api: ApiConfig | null;
}

const nameForm = /^[A-Za-z0-9][\w-]*$/;

export function readDependencies(spot: Spot, setting: DependencySetting): readonly DependencyConfig[] {
  if (spot.value === undefined) return [];
  const entries = entriesOf(spot, 'a map such as feature-store: {protocol: http, listen: …, upstream: …}');
  const read = entries.flatMap(([name, entry]) => {
    if (!nameForm.test(name)) {
      entry.problems.atKey(entry.path, `"${name}" is not a name of letters, digits, _ and -`);
      return [];
    }
    const dependency = readDependency(entry, { name, setting });
    return dependency ? [{ dependency, entry }] : [];
  });
  refuseAddresses(read, setting);
  return read.map(({ dependency }) => dependency);
}

interface Read {
  readonly dependency: DependencyConfig;
  readonly entry: Spot;
}

function readDependency(
  spot: Spot,
  { name, setting }: { name: string; setting: DependencySetting },
): DependencyConfig | null {
  const before = spot.problems.count();
  const shape = readShape(dependencySchema, spot);
  const caps = readShape(dependencyCapsSchema, { ...childOf(spot, 'caps'), value: childOf(spot, 'caps').value ?? {} });
  const token = childOf(spot, 'token');
  const tokenFrom = token.value === undefined ? null : readSecretFrom(token, setting);
  if (!shape || !caps || spot.problems.count() > before) return null;
  const { protocol } = shape;
  const upstream = readAddress(childOf(spot, 'upstream'), protocol);
  const standby = shape.standby === undefined ? null : readAddress(childOf(spot, 'standby'), protocol);
  checkKey(childOf(spot, 'key'), { key: shape.key, protocol });
  checkProbe(childOf(spot, 'probe'), { probe: shape.probe, protocol });
  if (shape.control !== undefined && tokenFrom === null && !isLoopback(hostOf(shape.control))) {
    const why = `is reachable from other machines and requires a token: \${file:/path} or \${env:NAME}; 127.0.0.1 needs none`;
    spot.problems.at([...spot.path, 'control'], `${nameOf(spot.path)}.control ${shape.control} ${why}`);
  }
  if (shape.runs === 'elsewhere' && shape.control === undefined) {
    const why = 'requires control with runs: elsewhere: the host:port where its faults are switched';
    spot.problems.at([...spot.path, 'runs'], `${nameOf(spot.path)} ${why}`);
  }
  if (upstream === null || spot.problems.count() > before) return null;
  return {
    name,
    protocol,
    listen: shape.listen,
    upstream,
    standby,
    slo: { latencyMs: shape.slo?.latency ?? null, errors: shape.slo?.errors ?? null },
    ...(shape.callsPerRequest === undefined ? {} : { callsPerRequest: shape.callsPerRequest }),
    caps: { requestsPerSecond: caps.requests, connections: caps.connections, inFlight: caps.inFlight },
    control: shape.control ?? null,
    runs: shape.runs,
    tokenFrom,
    probe: shape.probe ?? null,
    key: shape.key ?? 'request',
    seed: shape.seed ?? setting.seed,
    rememberBytes: shape.remember,
  };
}

/** host:port. http: written as an URL without a path, because paths are passed on as they come. */
function readAddress(spot: Spot, protocol: 'http' | 'tcp'): string | null {
  const text = String(spot.value);
  if (protocol === 'tcp') {
    const isAddress = /^(?:[\w.-]+|\[[0-9a-fA-F:]+\]):(\d{1,5})$/.exec(text);
    if (isAddress && Number(isAddress[1]) > 0 && Number(isAddress[1]) <= 65535) return text;
    return report(spot, 'requires host:port on protocol tcp, such as redis:6379');
  }
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url?.protocol === 'https:')
    return report(spot, 'requires http://: the proxy reads plain HTTP and is placed where TLS has ended');
  if (url?.protocol !== 'http:' || url.username || url.password)
    return report(spot, 'requires http://host:port on protocol http');
  if (url.pathname !== '/' || url.search || url.hash)
    return report(spot, 'requires an address without a path: paths are passed on as they come');
  return `${url.hostname}:${url.port || '80'}`;
}

function report(spot: Spot, why: string): null {
  spot.problems.at(spot.path, `${nameOf(spot.path)} ${why}, got ${show(spot.value)}`);
  return null;
}

function checkKey(spot: Spot, { key, protocol }: { key: string | undefined; protocol: string }): void {
  if (key === undefined) return;
  if (protocol === 'tcp') {
    report(spot, 'requires protocol http: on tcp a share is of connections');
    return;
  }
  try {
    keyReaderOf(key);
  } catch (thrown) {
    spot.problems.at(spot.path, `${nameOf(spot.path)}: ${messageOf(thrown)}`);
  }
}

function checkProbe(spot: Spot, { probe, protocol }: { probe: string | undefined; protocol: string }): void {
  if (probe !== undefined && protocol === 'http' && !/^\/[!-~]*$/.test(probe))
    report(spot, 'requires a path such as /health');
}

/** One address never has two meanings. */
function refuseAddresses(read: readonly Read[], { production, source, api }: DependencySetting): void {
  const taken = new Map<string, string>();
  const take = (address: string | null | undefined, what: string): void => {
    if (address) taken.set(addressOf(address), what);
  };
  take(production && new URL(production.url).host, 'production answers there');
  take(source?.tap?.listen, 'the tap listens there');
  take(api?.listen, 'the API listens there');
  for (const { dependency } of read) {
    take(dependency.upstream, `it is the upstream of ${dependency.name}, which production asks directly`);
    take(dependency.standby, `it is the standby of ${dependency.name}`);
  }
  for (const { dependency, entry } of read) {
    for (const key of ['listen', 'control'] as const) {
      const address = dependency[key];
      // Port 0 is any free one, taken when it is opened.
      if (address === null || address.endsWith(':0')) continue;
      const why = taken.get(addressOf(address));
      if (why !== undefined) entry.problems.at([...entry.path, key], `the proxy cannot listen on ${address}: ${why}`);
      take(address, `${dependency.name}.${key} listens there`);
    }
  }
  refuseUpstreams(read, { production, source });
}

function refuseUpstreams(
  read: readonly Read[],
  { production, source }: Pick<DependencySetting, 'production' | 'source'>,
) {
  const model = production && addressOf(new URL(production.url).host);
  const tap = source?.tap?.listen ? addressOf(source.tap.listen) : null;
  for (const { dependency, entry } of read) {
    for (const key of ['upstream', 'standby'] as const) {
      const address = dependency[key] && addressOf(dependency[key]);
      if (address !== null && (address === model || address === tap))
        entry.problems.at([...entry.path, key], `${key} is production itself: a fault must never reach it`);
    }
  }
}

function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[|\]$/g, '');
}

/** host:port with the names of this machine's loopback made one. */
function addressOf(address: string): string {
  const at = address.lastIndexOf(':');
  const [host, port] =
    at < 0 || address.endsWith(']') ? [address, '80'] : [address.slice(0, at), address.slice(at + 1)];
  const isHere = ['localhost', '0.0.0.0', '[::]', '[::1]', '127.0.0.1'].includes(host);
  return `${isHere ? '127.0.0.1' : host}:${port}`;
}

/** One line for `validate`. */
export function dependencyMeaning({
  name,
  protocol,
  listen,
  upstream,
  standby,
  slo,
  caps,
  control,
  runs,
}: DependencyConfig): string {
  const promises = [
    slo.latencyMs === null ? null : `answers within ${formatDuration(slo.latencyMs)}`,
    slo.errors === null ? null : `fails in at most ${formatShare(slo.errors)} of calls`,
  ].filter((promise) => promise !== null);
  const unit = protocol === 'http' ? 'requests' : 'connections';
  const parts = [
    `shadow pods ask ${listen}, which asks ${upstream}${standby === null ? '' : ` or, after a failover, ${standby}`}`,
    `a share is of ${unit}`,
    `promised: ${promises.length === 0 ? 'nothing' : promises.join(', ')}`,
    `at most ${caps.requestsPerSecond} ${unit} per second, ${caps.connections} connections and ${caps.inFlight} under way reach it`,
    runs === 'elsewhere' ? 'its proxy is started elsewhere' : 'serve starts its proxy',
    control === null ? 'faults are switched at a free port of this machine' : `faults are switched at ${control}`,
  ];
  return `dependency ${name}: ${parts.join('; ')}`;
}

/** As a config writes it. */
export function dependencyText(dependency: DependencyConfig) {
  const { protocol, slo, caps, tokenFrom, standby, control, probe, runs } = dependency;
  const written = (address: string): string => (protocol === 'http' ? `http://${address}` : address);
  return {
    protocol,
    listen: dependency.listen,
    upstream: written(dependency.upstream),
    standby: standby === null ? undefined : written(standby),
    slo:
      slo.latencyMs === null && slo.errors === null
        ? undefined
        : {
            latency: slo.latencyMs === null ? undefined : formatDuration(slo.latencyMs),
            errors: slo.errors === null ? undefined : formatShare(slo.errors),
          },
    caps: {
      requests: `${caps.requestsPerSecond} per second`,
      connections: caps.connections,
      inFlight: caps.inFlight,
    },
    callsPerRequest: dependency.callsPerRequest,
    control: control ?? undefined,
    runs,
    token: tokenFrom ? referenceText(tokenFrom) : undefined,
    probe: probe ?? undefined,
    key: protocol === 'http' ? dependency.key : undefined,
    seed: dependency.seed,
    remember: formatSize(dependency.rememberBytes),
  };
}

function referenceText(from: SecretFrom): string {
  return from.from === 'env' ? `\${env:${from.name}}` : `\${file:${from.path}}`;
}
