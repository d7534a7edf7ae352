// `target`: where an arm answers. A URL, an ONNX file run in process, or `production` with its load stated aloud.
// An address that is production's own under another spelling is refused: shadow load on production is never an accident.
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { messageOf, PenumbraError } from '../errors.ts';
import type { ArmRole, InputFeature, TargetSpec } from '../model.ts';
import { readCommandTarget } from './command-target.ts';
import type { DependencyConfig, Production, SourceConfig } from './effective.ts';
import { readForward } from './forward.ts';
import { onnxTargetSchema, urlTargetSchema } from './schema.ts';
import { readHeaders, type SecretSetting } from './secret-fields.ts';
import { childOf, isRecord, nameOf, readShape, type Spot, show } from './shape.ts';

export interface ArmSetting extends SecretSetting {
  readonly seed: string;
  /** Null when that section was reported already. */
  readonly production: Production | null;
  readonly source: SourceConfig | null;
  readonly inputs: readonly InputFeature[] | null;
  /** Null or absent: none is declared, or they were reported already. */
  readonly dependencies?: readonly DependencyConfig[] | null;
}

export interface TargetSetting extends ArmSetting {
  readonly role: ArmRole;
  /** `allowLoadOnProduction`, requests per second. */
  readonly allowedOnProduction: number | undefined;
}

export interface ReadTarget {
  readonly spec: TargetSpec | null;
  readonly maxOnProduction: number | null;
}

/** Null when something was reported; without a target the spec is null. */
export function readTarget(spot: Spot, setting: TargetSetting): ReadTarget | null {
  const { value, path, problems } = spot;
  const arm = path.slice(0, -1);
  if (value !== 'production' && setting.allowedOnProduction !== undefined) {
    problems.atKey([...arm, 'allowLoadOnProduction'], 'allowLoadOnProduction is for an arm with target: production');
  }
  if (value === undefined) return { spec: null, maxOnProduction: null };
  if (value === 'production') return readProductionTarget(spot, setting);
  if (isRecord(value) && 'onnx' in value) return readOnnx(spot, setting.directory);
  if (isRecord(value) && 'command' in value) return readStarted(spot, setting);
  if (isRecord(value)) return readUrl(spot, setting);
  problems.at(
    path,
    `${nameOf(path)} requires {url: http://…}, {onnx: FILE}, {command: …} or production, got ${show(value)}`,
  );
  return null;
}

function readProductionTarget(spot: Spot, { role, production, allowedOnProduction }: TargetSetting): ReadTarget | null {
  const { path, problems } = spot;
  if (role !== 'control') {
    problems.at(path, `target: production is for a control only: a ${role} arm must never reach production`);
    return null;
  }
  if (allowedOnProduction === undefined) {
    problems.at(
      path,
      'target: production adds load to production: say how much with allowLoadOnProduction: 5 per second',
    );
    return null;
  }
  if (!production) return null;
  const spec: TargetSpec = { type: 'http', url: production.url, headers: {}, version: production.version };
  return { spec, maxOnProduction: allowedOnProduction };
}

function readOnnx(spot: Spot, directory: string): ReadTarget | null {
  const shape = readShape(onnxTargetSchema, spot);
  if (!shape) return null;
  try {
    return { spec: onnxSpec(resolve(directory, shape.onnx)), maxOnProduction: null };
  } catch (thrown) {
    spot.problems.at([...spot.path, 'onnx'], messageOf(thrown));
    return null;
  }
}

/** Identity of an ONNX file is the hash of its bytes. @throws PenumbraError MODEL_NOT_FOUND */
export function onnxSpec(file: string): TargetSpec {
  try {
    return { type: 'onnx', file, sha256: createHash('sha256').update(readFileSync(file)).digest('hex') };
  } catch (thrown) {
    throw new PenumbraError('MODEL_NOT_FOUND', `the ONNX file ${file} cannot be read: ${messageOf(thrown)}`, file);
  }
}

/** A pod that penumbra starts; on a port of its own it cannot be production. */
function readStarted(spot: Spot, setting: TargetSetting): ReadTarget | null {
  const spec = readCommandTarget(spot, setting);
  if (spec === null) return null;
  const forbidden = spec.url.includes('{port}') ? null : whyForbidden(spec.url, setting);
  if (forbidden) {
    spot.problems.at([...spot.path, 'url'], forbidden);
    return null;
  }
  return { spec, maxOnProduction: null };
}

function readUrl(spot: Spot, setting: TargetSetting): ReadTarget | null {
  const before = spot.problems.count();
  const shape = readShape(urlTargetSchema, spot);
  const headers = readHeaders(childOf(spot, 'headers'), setting);
  const forward = readForward(childOf(spot, 'forward'));
  if (!shape || spot.problems.count() > before) return null;
  const forbidden = whyForbidden(shape.url, setting);
  if (forbidden) {
    spot.problems.at([...spot.path, 'url'], forbidden);
    return null;
  }
  const spec: TargetSpec = { type: 'http', url: shape.url, headers, version: shape.version ?? null };
  return { spec: forward.length === 0 ? spec : { ...spec, forward }, maxOnProduction: null };
}

/** Why no arm may be sent to this address: it is production, or the tap in front of it. Null when it may. */
export function whyForbidden(
  url: string,
  { production, source }: Pick<ArmSetting, 'production' | 'source'>,
): string | null {
  const address = addressOf(url);
  if (production && address === addressOf(production.url)) {
    return 'this is production itself: write target: production with allowLoadOnProduction, or give the address of another replica';
  }
  if (source?.tap?.listen && address === addressOf(`http://${source.tap.listen}`)) {
    return 'this is the tap in front of production: its copies would reach production again';
  }
  if (source?.mirror && address === addressOf(`http://${source.mirror.listen}`)) {
    return 'this is where source.mirror listens: what penumbra sends there would come back to it';
  }
  return null;
}

const thisMachine: readonly string[] = ['localhost', '0.0.0.0', '[::]', '[::1]', '[::ffff:7f00:1]'];

/** host:port with the names of this machine's loopback made one. */
function addressOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/\.$/, '');
  return `${thisMachine.includes(host) ? '127.0.0.1' : host}:${port || (protocol === 'https:' ? '443' : '80')}`;
}
