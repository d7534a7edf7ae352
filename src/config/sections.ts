// The whole config, section by section. A fault in one section never hides another's: everything is read, then judged.
import { codecs } from '../io/codecs/index.ts';
import { readServiceBlastRadius } from './budget.ts';
import { readChaos } from './chaos.ts';
import { readDecisions } from './decisions.ts';
import { readDegradedWhen } from './degraded-when.ts';
import { readDependencies } from './dependencies.ts';
import { readDrillOf } from './drill.ts';
import type { EffectiveConfig, IdFrom, Production } from './effective.ts';
import { type ExperimentSetting, readExperiment } from './experiment.ts';
import { configHash } from './hashes.ts';
import { readInputs } from './inputs.ts';
import { readJsonProtocol, requirePointers } from './json-protocol.ts';
import { checkLearnedWatches } from './learned-answers.ts';
import { suggestion } from './nearest.ts';
import { readPipelines } from './pipelines.ts';
import { readScale } from './scale.ts';
import { checkScale } from './scale-limits.ts';
import { productionSchema, topSchema } from './schema.ts';
import type { Environment } from './secrets.ts';
import { readSegments } from './segments.ts';
import { readAlerts, readApi, readSamples, readStore } from './serving.ts';
import { childOf, entriesOf, isRecord, listed, readShape, type Spot, show } from './shape.ts';
import { readSource } from './source.ts';
import { warnAbout } from './warnings.ts';
import { readWatch } from './watch.ts';
import { warnAboutWatches } from './watch-warnings.ts';

export interface SectionOptions {
  readonly env: Environment;
  /** Paths in the config are relative to it. */
  readonly directory: string;
}

const shortestBucketMs = 100;
const protocolsToCome = ['openai-chat'];
/** Other words for a protocol. */
const sameProtocol: Readonly<Record<string, string>> = { 'kserve-v1': 'tensorflow-serving' };

/** Null when anything was reported. */
export function readSections(spot: Spot, options: SectionOptions): EffectiveConfig | null {
  const before = spot.problems.count();
  const top = readShape(topSchema, spot);
  const production = readProduction(childOf(spot, 'production'), top?.service ?? 'json');
  const inputs = readInputs(childOf(spot, 'inputs'), { ...options, arePointers: production?.json !== undefined });
  const written = childOf(spot, 'decisions');
  const decisions = written.value === undefined ? null : readDecisions(written);
  if (production?.json !== undefined) requirePointers(spot, { inputs, decisions });
  const segments = readSegments(childOf(spot, 'segments'), inputs);
  const samples = readSamples(childOf(spot, 'samples'));
  const alerts = readAlerts(childOf(spot, 'alerts'), options);
  const api = readApi(childOf(spot, 'api'), options);
  const store = readStore(childOf(spot, 'store'), options);
  const idFrom = top && readIdFrom(top.id, childOf(spot, 'id'));
  const isScaled = childOf(spot, 'scale').value !== undefined;
  const source = readSource(childOf(spot, 'source'), { production, idFrom, isScaled, ...options });
  if (top && top.bucket < shortestBucketMs) spot.problems.at(['bucket'], 'bucket requires at least 100ms');
  const [bucketMs, joinDeadlineMs, seed] = [top?.bucket ?? 10_000, top?.joinDeadline ?? null, top?.seed ?? '1'];
  const alpha = top?.alpha ?? 0.01;
  if (!(alpha > 0 && alpha <= 0.1)) {
    spot.problems.at([...spot.path, 'alpha'], 'alpha requires a share above 0% and at most 10%');
  }
  const soFar = spot.problems.count();
  const dependencies = readDependencies(childOf(spot, 'dependencies'), { ...options, seed, production, source, api });
  const setting = {
    ...options,
    seed,
    dependencies: spot.problems.count() > soFar ? null : dependencies,
    alpha,
    production,
    source,
    inputs,
    decisions,
    segments,
    bucketMs,
    joinDeadlineMs,
  };
  const blastRadius = readServiceBlastRadius(childOf(spot, 'blastRadius'));
  const experiments = readExperiments(childOf(spot, 'experiments'), setting);
  const suite = childOf(spot, 'chaos');
  const chaos = suite.value === undefined ? null : readChaos(suite, setting);
  if (isRecord(spot.value) && !('experiments' in spot.value) && !('watch' in spot.value) && suite.value === undefined)
    spot.problems.atKey(spot.path, 'the config requires experiments: the experiments, by name');
  const watch = readWatch(childOf(spot, 'watch'), { inputs, decisions, bucketMs });
  const drill = readDrillOf(spot, { ...setting, experiments });
  if (watch !== null && inputs !== null && spot.problems.count() === before)
    checkLearnedWatches(childOf(spot, 'watch'), { watch, experiments, inputs });
  const areSound = spot.problems.count() === before;
  const pipelines = readPipelines(childOf(spot, 'pipelines'), {
    ...options,
    experiments: areSound ? experiments : null,
  });
  const shared = childOf(spot, 'scale');
  const scale = shared.value === undefined ? null : readScale(shared, options);
  if (scale !== null && source !== null && areSound) checkScale(spot, { source, experiments });
  const isRefused = spot.problems.count() > before;
  if (isRefused || !top || !production || !inputs || !decisions || !segments || !source) return null;
  if (!samples || !api || !store || !idFrom) return null;
  const config = {
    service: top.service,
    production,
    inputs,
    decisions,
    segments,
    source,
    ...(dependencies.length === 0 ? {} : { dependencies }),
    ...(blastRadius === null ? {} : { blastRadius }),
    experiments,
    ...(chaos === null ? {} : { chaos }),
    ...(watch === null ? {} : { watch }),
    alerts,
    ...(drill === null ? {} : { drill }),
    api,
    ...(pipelines === null ? {} : { pipelines }),
    store,
    ...(scale === null ? {} : { scale }),
    truthWindowMs: top.truthWindow,
    idFrom,
    samples,
    seed,
    alpha,
  };
  warnAbout(config, spot);
  if (watch !== null) {
    const { directory } = options;
    warnAboutWatches(childOf(spot, 'watch'), { watch, experiments, inputs: childOf(spot, 'inputs'), directory });
  }
  return { ...config, configHash: configHash(config) };
}

function readProduction(spot: Spot, service: string): Production | null {
  if (spot.value === undefined) return null;
  const shape = readShape(productionSchema, spot);
  if (!shape) return null;
  const known: readonly string[] = codecs.map((codec) => codec.name);
  const protocol = sameProtocol[shape.protocol] ?? shape.protocol;
  if (!known.includes(protocol)) {
    const why = protocolsToCome.includes(shape.protocol)
      ? 'is not supported yet'
      : `is unknown${suggestion(shape.protocol, known)}`;
    spot.problems.at([...spot.path, 'protocol'], `protocol ${show(shape.protocol)} ${why}; known: ${listed(known)}`);
    return null;
  }
  const json = readJsonProtocol(childOf(spot, 'json'), { protocol, service });
  return {
    url: shape.url,
    protocol,
    sloLatencyMs: shape.slo.latency,
    version: shape.version ?? null,
    degradedWhen: readDegradedWhen(childOf(spot, 'degradedWhen')),
    ...(json === null ? {} : { json }),
  };
}

function readIdFrom(text: string, { path, problems }: Spot): IdFrom | null {
  const [from, name = ''] = text.trim().split(/\s+/);
  if (from === 'header' && /^[\w-]+$/.test(name)) return { from, name: name.toLowerCase() };
  if (from === 'body' && name === 'id') return { from, name };
  problems.at(path, `id requires "header NAME", such as header x-request-id, or "body id", got ${show(text)}`);
  return null;
}

function readExperiments(spot: Spot, setting: ExperimentSetting): EffectiveConfig['experiments'] {
  if (spot.value === undefined) return [];
  const before = spot.problems.count();
  const entries = entriesOf(spot, 'a map of experiments, such as release: {arms: …, expect: …}');
  if (entries.length === 0 && spot.problems.count() === before)
    spot.problems.at(spot.path, 'experiments requires at least one');
  return entries.flatMap(([name, entry]) => readExperiment(name, { spot: entry, setting }) ?? []);
}
