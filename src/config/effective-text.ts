// The effective config written back in the config's own words, every default included: what `validate --effective` prints.
// It is itself a config: loading it again gives the same effective config.
import { Document, isCollection, isMap, isPair, isScalar, visit } from 'yaml';
import type { DeclaredInput } from '../core/perturb/index.ts';
import { formatDuration, formatShare } from '../core/units.ts';
import type { Decision } from '../model.ts';
import { tokensText } from './api-tokens.ts';
import { serviceBlastRadiusText } from './budget.ts';
import { chaosText } from './chaos-text.ts';
import { cloudeventsText } from './cloudevents.ts';
import { degradedText } from './degraded-when.ts';
import { dependencyText } from './dependencies.ts';
import { drillText } from './drill-text.ts';
import type { EffectiveConfig, SecretFrom, SinkConfig } from './effective.ts';
import { experimentText } from './experiment-text.ts';
import { joinText } from './join.ts';
import { kafkaSourceText, kafkaText } from './kafka.ts';
import { mirrorText } from './mirror.ts';
import { pipelinesText } from './pipelines.ts';
import { scaleText } from './scale.ts';
import { segmentationText } from './segments.ts';
import { formatSize } from './sizes-and-rates.ts';
import { fileText } from './source-file.ts';
import { watchText } from './watch-text.ts';

export function effectiveText(config: EffectiveConfig): string {
  const { production, source, samples, api } = config;
  const written = {
    service: config.service,
    production: {
      url: production.url,
      protocol: production.protocol,
      slo: { latency: formatDuration(production.sloLatencyMs) },
      version: production.version ?? undefined,
      degradedWhen: production.degradedWhen === null ? undefined : degradedText(production.degradedWhen),
      json: production.json && {
        ...production.json,
        version: production.json.version ?? undefined,
        id: production.json.id ?? undefined,
      },
    },
    inputs: config.inputs.length > 0 ? config.inputs.map(inputText) : undefined,
    decisions: Object.fromEntries(config.decisions.map((decision) => [decision.name, decisionText(decision)])),
    segments:
      config.segments.length > 0
        ? Object.fromEntries(config.segments.map((one) => [one.name, segmentationText(one)]))
        : undefined,
    source: sourceText(source),
    dependencies:
      config.dependencies && Object.fromEntries(config.dependencies.map((one) => [one.name, dependencyText(one)])),
    seed: config.seed,
    alpha: formatShare(config.alpha),
    bucket: formatDuration(config.experiments[0]?.bucketMs ?? config.chaos?.bucketMs ?? config.watch?.bucketMs ?? 0),
    id: `${config.idFrom.from} ${config.idFrom.name}`,
    truthWindow: formatDuration(config.truthWindowMs),
    samples: { maxPerRun: samples.maxPerRun, features: samples.features, keepFor: formatDuration(samples.keepForMs) },
    blastRadius: config.blastRadius && serviceBlastRadiusText(config.blastRadius),
    experiments:
      config.experiments.length > 0
        ? Object.fromEntries(config.experiments.map((one) => [one.name, experimentText(one, config)]))
        : undefined,
    chaos: config.chaos ? chaosText(config.chaos) : undefined,
    watch: config.watch ? watchText(config.watch) : undefined,
    alerts: config.alerts.length > 0 ? config.alerts.map(sinkText) : undefined,
    drill: config.drill ? drillText(config.drill) : undefined,
    api: {
      listen: api.listen,
      token: api.tokenFrom ? secretText(api.tokenFrom) : undefined,
      tokens: api.tokensFrom && tokensText(api.tokensFrom, secretText),
      publicUrl: api.publicUrl ?? undefined,
    },
    pipelines: config.pipelines && pipelinesText(config.pipelines, secretText),
    store: config.store,
    scale: config.scale && scaleText(config.scale),
  };
  const document = new Document(JSON.parse(JSON.stringify(written)));
  visit(document, {
    Collection: (_, node) => {
      node.flow = isShort(node);
    },
  });
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

const longestLine = 100;

/** Small maps and lists of plain values read better on one line. */
function isShort(node: unknown): boolean {
  if (!isCollection(node) || node.items.length === 0) return true;
  const values = node.items.map((item) => (isPair(item) ? item.value : item));
  const isFlat = values.every(
    (value) => isScalar(value) || (isMap(node) && isCollection(value) && isShort(value) && values.length < 3),
  );
  return isFlat && JSON.stringify(node).length < longestLine;
}

function inputText(input: DeclaredInput) {
  const { name, tensor, index, type, range, default: fallback, zeroIsLegal, group, spread, size, older } = input;
  const at = index === null ? tensor : `${tensor}[${index}]`;
  const more = { group, spread, size, older: older && { file: older.file, key: older.key } };
  return { name, at, type, range: range ?? undefined, default: fallback ?? undefined, zeroIsLegal, ...more };
}

function decisionText({ output, column, kind, threshold, scale, top, material }: Decision) {
  const label = kind === 'binary' ? `above ${threshold}` : kind === 'classes' ? 'argmax' : undefined;
  return {
    output: column === null ? output : `${output}[:,${column}]`,
    label,
    kind,
    scale: scale ? `${scale[0]}..${scale[1]}` : undefined,
    top,
    material: material === null ? undefined : kind === 'regression' ? formatShare(material) : material,
  };
}

function sourceText({ tap, http, cloudevents, mirror, file, kafka, join }: EffectiveConfig['source']) {
  return {
    tap: tap ? tapText(tap) : undefined,
    http,
    cloudevents: cloudevents && cloudeventsText(cloudevents),
    mirror: mirror && mirrorText(mirror),
    file: file && fileText(file),
    kafka: kafka && kafkaSourceText(kafka),
    join: join && joinText(join),
  };
}

function tapText({
  listen,
  link,
  share,
  routes,
  methods,
  maxCopyBytes,
  maxBodyBytes,
}: NonNullable<EffectiveConfig['source']['tap']>) {
  return {
    listen: listen ?? undefined,
    link: link ?? undefined,
    share: formatShare(share),
    routes: routes.length === 0 ? undefined : routes,
    methods: methods.length === 0 ? undefined : methods,
    body: formatSize(maxBodyBytes),
    memory: formatSize(maxCopyBytes),
  };
}

function sinkText(sink: SinkConfig) {
  if (sink.sink === 'kafka') return { kafka: kafkaText(sink.kafka) };
  if (sink.sink === 'slack') return { slack: secretText(sink.from) };
  return { [sink.sink]: sink.url, headers: sink.headers };
}

function secretText(from: SecretFrom): string {
  return from.from === 'env' ? `\${env:${from.name}}` : `\${file:${from.path}}`;
}
