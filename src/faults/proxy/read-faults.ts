// Faults as people write them, `{latency: 800ms, share: 30%}` or `latency=800ms,share=30%`, read into options and back into
// words. The command line and the control API share it, so that one form works everywhere.
import type { TSchema } from 'typebox';
import { Value } from 'typebox/value';
import { formatDuration, formatShare, parseDurationMs, parseShare } from '../../core/units.ts';
import { messageOf, PenumbraError } from '../../errors.ts';
import { keyReaderOf } from './entity-key.ts';
import type { ProxyFault, ProxyProtocol } from './fault.ts';
import { proxyFaults } from './kinds/index.ts';

export interface ProxyFaultUse {
  readonly type: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Fraction of the calls. */
  readonly share: number;
  /** See `keyReaderOf`; null: the dependency's own. */
  readonly key: string | null;
  /** Null: the proxy's own. */
  readonly seed: string | null;
}

export interface FaultSetting {
  readonly protocol: ProxyProtocol;
  readonly hasStandby: boolean;
}

const selectionKeys = ['share', 'key', 'seed'] as const;
const names = proxyFaults.map(({ name }) => name).join(', ');

/** @throws PenumbraError USAGE with what is allowed */
export function readFaults(written: unknown, setting: FaultSetting): readonly ProxyFaultUse[] {
  if (!Array.isArray(written)) throw usage('faults require a list such as [{"latency": "800ms", "share": "30%"}]');
  const uses = written.map((one) => readFault(one, setting));
  if (uses.filter(({ type }) => type === 'failover').length > 1) throw usage('faults require at most one failover');
  return uses;
}

/** `latency=800ms,share=30%` as the map it stands for. @throws PenumbraError USAGE */
export function parseFaultText(text: string): Readonly<Record<string, string>> {
  const entries = text.split(',').map((part) => {
    const at = part.indexOf('=');
    if (at < 1) throw usage(`a fault requires name=value pairs such as latency=800ms,share=30%, not "${text}"`);
    return [part.slice(0, at).trim(), part.slice(at + 1).trim()] as const;
  });
  if (new Set(entries.map(([key]) => key)).size < entries.length) throw usage(`"${text}" says one thing twice`);
  return Object.fromEntries(entries);
}

/** The fault, ready to act. @throws PenumbraError USAGE for options that contradict each other */
export function createFault({ type, options }: ProxyFaultUse): ProxyFault {
  const kind = kindOf(type);
  return (kind as unknown as { create: (options: unknown) => ProxyFault }).create(options);
}

/** In the words it is written in, defaults left out. */
export function writeFault({ type, options, share, key, seed }: ProxyFaultUse): Readonly<Record<string, unknown>> {
  const kind = kindOf(type);
  const entries = Object.entries(options).filter(([option, value]) => {
    const schema = schemaOf(kind, option);
    return option === kind.mainOption || value !== schema?.default;
  });
  return {
    ...Object.fromEntries(entries.map(([option, value]) => [wordOf(option, kind), inWords(option, value)])),
    ...(share === 1 ? {} : { share: formatShare(share) }),
    ...(key === null ? {} : { key }),
    ...(seed === null ? {} : { seed }),
  };
}

type AnyKind = (typeof proxyFaults)[number];

function readFault(written: unknown, { protocol, hasStandby }: FaultSetting): ProxyFaultUse {
  if (typeof written !== 'object' || written === null || Array.isArray(written))
    throw usage(`a fault requires a map that names one of ${names}`);
  const fields = written as Readonly<Record<string, unknown>>;
  const named = proxyFaults.filter(({ name }) => Object.hasOwn(fields, name));
  const [kind] = named;
  if (!kind || named.length > 1) {
    const found = Object.keys(fields).join(', ') || 'nothing';
    throw usage(`a fault requires exactly one of ${names}; got ${found}`);
  }
  if (!kind.protocols.includes(protocol))
    throw usage(`${kind.name} requires protocol http: TCP has no answers to replace`);
  const use = { type: kind.name, options: readOptions(kind, fields), ...readSelection(fields, protocol) };
  if (kind.name === 'failFirst' && use.options.as === 'status' && protocol === 'tcp')
    throw usage('failFirst as status requires protocol http; on tcp say reset or timeout');
  if (kind.name === 'failover') {
    if (use.share !== 1 || use.key !== null)
      throw usage('failover acts on the whole dependency: it takes no share and no key');
    if (!hasStandby) throw usage('failover requires a standby: the address of the second upstream, given at start');
  }
  createFault(use);
  return use;
}

function readOptions(kind: AnyKind, fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const words = new Map(Object.keys(kind.options.properties).map((option) => [wordOf(option, kind), option]));
  for (const key of Object.keys(fields)) {
    if (words.has(key) || (selectionKeys as readonly string[]).includes(key)) continue;
    throw usage(`${kind.name} has no "${key}"; allowed: ${[...words.keys(), ...selectionKeys].join(', ')}`);
  }
  const options: [string, unknown][] = [];
  for (const [word, option] of words) {
    const schema = schemaOf(kind, option);
    if (Object.hasOwn(fields, word)) options.push([option, readOption(word, { option, schema, value: fields[word] })]);
    else if (schema?.default !== undefined) options.push([option, schema.default]);
  }
  return Object.fromEntries(options);
}

interface OptionSpot {
  readonly option: string;
  readonly schema: TSchema | undefined;
  readonly value: unknown;
}

function readOption(word: string, { option, schema, value }: OptionSpot): unknown {
  let read: unknown;
  try {
    read = readValue(option, value);
  } catch (thrown) {
    throw usage(`${word}: ${messageOf(thrown)}`);
  }
  if (schema && Value.Check(schema, read)) return read;
  const { enum: choices, minimum, maximum } = (schema ?? {}) as { enum?: string[]; minimum?: number; maximum?: number };
  const allowed = choices
    ? `one of ${choices.join(', ')}`
    : maximum
      ? `${minimum} to ${maximum}`
      : 'a value in its range';
  throw usage(`${word} requires ${allowed}, got ${JSON.stringify(value)}`);
}

function readValue(option: string, value: unknown): unknown {
  if (option.endsWith('Ms')) return value === 'never' ? null : parseDurationMs(String(value));
  if (option === 'bytesPerSecond') return parseByteRate(String(value));
  // On the command line a count is text.
  return typeof value === 'string' && /^\d{1,9}$/.test(value) && option !== 'body' ? Number(value) : value;
}

function readSelection(
  fields: Readonly<Record<string, unknown>>,
  protocol: ProxyProtocol,
): Pick<ProxyFaultUse, 'share' | 'key' | 'seed'> {
  const { share, key, seed } = fields;
  if (key !== undefined) {
    if (protocol === 'tcp') throw usage('key requires protocol http: on tcp the share is of connections');
    keyReaderOf(String(key));
  }
  if (seed !== undefined && (typeof seed !== 'string' || seed === '')) throw usage('seed requires text');
  return {
    share: share === undefined ? 1 : parseShare(String(share)),
    key: key === undefined ? null : String(key),
    seed: seed ?? null,
  };
}

const bytesOf: Readonly<Record<string, number>> = { B: 1, kB: 1e3, MB: 1e6, KiB: 1024, MiB: 1024 ** 2 };

function parseByteRate(text: string): number {
  const parts = /^(\d+(?:\.\d+)?)\s*(B|kB|MB|KiB|MiB) per second$/.exec(text.trim());
  const bytes = Math.round(Number(parts?.[1]) * (bytesOf[parts?.[2] ?? ''] ?? Number.NaN));
  if (!(bytes >= 1)) throw usage(`a bandwidth requires bytes per time such as 10KiB per second, not "${text}"`);
  return bytes;
}

function inWords(option: string, value: unknown): unknown {
  if (option.endsWith('Ms')) return value === null ? 'never' : formatDuration(Number(value));
  return option === 'bytesPerSecond' ? `${value}B per second` : value;
}

function wordOf(option: string, kind: AnyKind): string {
  if (option === kind.mainOption) return kind.name;
  return option.endsWith('Ms') ? option.slice(0, -2) : option;
}

function schemaOf(kind: AnyKind, option: string): (TSchema & { default?: unknown }) | undefined {
  return (kind.options.properties as Readonly<Record<string, TSchema & { default?: unknown }>>)[option];
}

function kindOf(type: string): AnyKind {
  const kind = proxyFaults.find(({ name }) => name === type);
  if (!kind) throw usage(`fault "${type}" is unknown; known: ${names}`);
  return kind;
}

function usage(message: string): PenumbraError {
  return new PenumbraError('USAGE', message);
}
