// One fault of an arm's dependency, `{dependency: feature-store, latency: 800ms, share: 30%, key: entity_key}`. What the proxy does is
// read by the proxy's own reader, so that a config and its control API understand the same words. `key` here names an input of
// the request; where the proxy finds the same key in its own requests is said once, as `key` of the dependency.
import { messageOf } from '../errors.ts';
import { actsWheneverSelected, type DependencyFaultOptions } from '../faults/dependency.ts';
import { type ProxyFaultUse, readFaults, writeFault } from '../faults/proxy/read-faults.ts';
import type { Arm, KindUse } from '../model.ts';
import type { DependencyConfig } from './effective.ts';
import { suggestion } from './nearest.ts';
import { childOf, isRecord, listed, nameOf, type Spot, show } from './shape.ts';

export interface DependencyFaultSetting {
  /** Absent: the run's own. */
  readonly seed?: string;
  /** Null or absent: the config declares none, or they were reported already. */
  readonly dependencies?: readonly DependencyConfig[] | null;
}

export function isDependencyFault({ value }: Spot): boolean {
  return isRecord(value) && Object.hasOwn(value, 'dependency');
}

/** Null when something was reported. */
export function readDependencyFault(spot: Spot, setting: DependencyFaultSetting): KindUse | null {
  const before = spot.problems.count();
  const { dependency: name, key, ...written } = spot.value as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || name === '') return refuse(childOf(spot, 'dependency'), 'requires a name');
  if (key !== undefined && (typeof key !== 'string' || key === ''))
    return refuse(childOf(spot, 'key'), 'requires the name of the BYTES input that holds the entity key');
  const declared = findDeclared(childOf(spot, 'dependency'), name, setting);
  if (spot.problems.count() > before) return null;
  const use = readProxyFault(spot, { written, declared });
  if (use === null) return null;
  if (use.share === 0) return refuse(childOf(spot, 'share'), 'requires a share above 0%');
  if (declared !== null) checkSelection(spot, { use, key, declared });
  if (spot.problems.count() > before) return null;
  const seed = use.seed ?? declared?.seed ?? setting.seed;
  const options: DependencyFaultOptions = {
    name,
    does: { type: use.type, options: use.options },
    share: use.share,
    ...(seed === undefined ? {} : { seed }),
    ...(key === undefined ? {} : { key }),
  };
  return { type: 'dependency', options };
}

/** Null for one that nobody declared here: it is switched elsewhere, and anything may be said of it. */
function findDeclared(
  spot: Spot,
  name: string,
  { dependencies = null }: DependencyFaultSetting,
): DependencyConfig | null {
  if (dependencies === null || dependencies.length === 0) return null;
  const found = dependencies.find((one) => one.name === name);
  if (found) return found;
  const known = dependencies.map((one) => one.name);
  spot.problems.at(
    spot.path,
    `"${name}" is not one of the dependencies${suggestion(name, known)}; declared: ${listed(known)}`,
  );
  return null;
}

function readProxyFault(
  spot: Spot,
  { written, declared }: { written: Readonly<Record<string, unknown>>; declared: DependencyConfig | null },
): ProxyFaultUse | null {
  const setting = {
    protocol: declared?.protocol ?? 'http',
    hasStandby: declared === null || declared.standby !== null,
  };
  try {
    return readFaults([written], setting)[0] ?? null;
  } catch (thrown) {
    report(spot, messageOf(thrown));
    return null;
  }
}

/** At the key that the message is about, as far as it says one. */
function report({ value, path, problems }: Spot, message: string): void {
  const keys = Object.keys(value as object);
  const unknown = keys.find((key) => message.includes(`has no "${key}"`));
  const about = keys.find((key) => message.startsWith(`${key}:`) || message.startsWith(`${key} `));
  const text = `${nameOf(path)}: ${message}`;
  if (message.startsWith('a share ')) problems.at([...path, 'share'], text);
  else if (unknown !== undefined) problems.atKey([...path, unknown], text);
  else if (about !== undefined) problems.at([...path, about], text);
  else problems.at(path, text);
}

/** With a key both sides must draw from the same text, or what is said to have acted would be another request. */
function checkSelection(
  spot: Spot,
  { use, key, declared }: { use: ProxyFaultUse; key: string | undefined; declared: DependencyConfig },
): void {
  if (key === undefined || use.share === 1 || declared.key.includes('{key}')) return;
  const { name, protocol } = declared;
  const why =
    protocol === 'tcp'
      ? `${name} is reached over tcp, where a share is of connections: leave it out`
      : `the proxy of ${name} does not select by entity key: say where it finds one, such as dependencies.${name}.key: /features/{key}`;
  spot.problems.at([...spot.path, 'key'], `${nameOf([...spot.path, 'key'])}: ${why}`);
}

function refuse(spot: Spot, why: string): null {
  spot.problems.at(spot.path, `${nameOf(spot.path)} ${why}, got ${show(spot.value)}`);
  return null;
}

/** What the proxy is told, in its own words. */
export function proxyWords({ does, share, seed }: DependencyFaultOptions): Readonly<Record<string, unknown>> {
  return writeFault({ type: does.type, options: does.options, share, key: null, seed: seed ?? null });
}

/** As a config writes it. */
export function dependencyFaultText(options: DependencyFaultOptions): Readonly<Record<string, unknown>> {
  const { name, key } = options;
  return { dependency: name, ...proxyWords(options), ...(key === undefined ? {} : { key }) };
}

/** The faults of an arm by the dependency they are about, in the words of its proxy. */
export function dependencyFaultsOf(arm: Pick<Arm, 'faults'>): ReadonlyMap<string, readonly object[]> {
  const found = new Map<string, object[]>();
  for (const { type, options } of arm.faults) {
    if (type !== 'dependency') continue;
    const one = options as DependencyFaultOptions;
    found.set(one.name, [...(found.get(one.name) ?? []), proxyWords(one)]);
  }
  return found;
}

/** Arms behind one proxy share what it does: those of one experiment must say the same of it. */
export function checkSharedDependencies({ path, problems }: Spot, arms: readonly Arm[]): void {
  const said = new Map<string, { readonly arm: string; readonly faults: string }>();
  for (const arm of arms) {
    for (const [name, words] of dependencyFaultsOf(arm)) {
      const faults = JSON.stringify(words);
      const first = said.get(name);
      if (first === undefined) said.set(name, { arm: arm.name, faults });
      else if (first.faults !== faults) {
        const why = `${first.arm} and ${arm.name} reach ${name} through one proxy and must say the same faults of it`;
        problems.at([...path, 'arms', arm.name, 'faults'], `${why}: or give each a dependency of its own`);
      }
    }
  }
}

/** One line for `validate`: what is done, and by whom. */
export function dependencyFaultMeaning(
  arm: Arm,
  { dependencies = [] }: { readonly dependencies?: readonly DependencyConfig[] | undefined },
): readonly string[] {
  return arm.faults.flatMap(({ type, options }) => {
    if (type !== 'dependency') return [];
    const fault = options as DependencyFaultOptions;
    const declared = dependencies.find(({ name }) => name === fault.name);
    const words = Object.entries(proxyWords(fault)).map(([key, value]) => `${key} ${String(value)}`);
    const by =
      declared === undefined
        ? 'declared here, switched elsewhere: nothing checks that it is on'
        : `switched on when the run scores and off when it ends, at ${declared.control ?? 'the proxy that serve starts'}`;
    const known =
      fault.share === 1 && actsWheneverSelected(fault.does.type)
        ? 'it acts on every request'
        : fault.key !== undefined && actsWheneverSelected(fault.does.type)
          ? `the same entity keys are selected here, by the input ${fault.key}`
          : 'on which requests it acts is not known';
    return [`${arm.name}: ${fault.name} with ${words.join(', ')}: ${by}; ${known}`];
  });
}
