// The config that `penumbra init` writes: everything it could find filled in, everything it guessed marked as a guess.
import { formatDuration } from '../../core/units.ts';
import type { ModelMetadata, TensorMetadata } from './metadata.ts';
import { type Column, mostColumns, type Observed } from './observe.ts';

export interface Found {
  readonly url: string;
  readonly metadata: ModelMetadata;
  /** Null: nothing was recorded. */
  readonly observed: Observed | null;
  readonly twin: string | null;
  readonly candidate: string | null;
}

export function configText(found: Found): string {
  const { url, metadata, observed, twin, candidate } = found;
  const latency = sloOf(observed);
  const decision = decisionOf(found);
  const metric = firstMetric(found);
  const seen =
    observed === null
      ? 'no requests were looked at: give some with --recording FILE, and ranges and defaults are filled in'
      : `${observed.exchanges} recorded requests were looked at`;
  return [
    `# Written by penumbra init from what ${url} says of its model ${metadata.name}; ${seen}.`,
    '# Lines marked CHECK are guesses. Then: penumbra validate FILE, penumbra plan FILE, penumbra serve --config FILE.',
    `service: ${quoted(metadata.name)}`,
    '',
    'production:',
    `  url: ${quoted(url)}`,
    '  protocol: open-inference-v2',
    `  slo: {latency: ${formatDuration(latency)}}   # CHECK: what the service promises${observed === null ? '' : '; 1.5 times the p99 that was seen'}`,
    ...(metadata.versions.length === 0 ? ['  # version: v1   # only if answers carry no model_version'] : []),
    '',
    ...inputLines(found),
    '',
    'decisions:                 # CHECK: what is read out of an answer',
    ...decision,
    '',
    'source:',
    '  tap: {listen: 127.0.0.1:9000, share: 20%}   # clients connect here instead of to production',
    '',
    'experiments:',
    '  release:                 # may a candidate be promoted? penumbra gate --experiment release',
    '    arms:',
    `      control:   {target: {url: ${quoted(twin ?? 'http://127.0.0.1:8081')}}}${twin === null ? '   # CHECK: the production version again, on another replica' : ''}`,
    `      candidate: {target: {url: ${quoted(candidate ?? 'http://127.0.0.1:8082')}}}${candidate === null ? '   # CHECK: or {onnx: FILE}, run inside penumbra' : ''}`,
    '    expect:                # penumbra plan FILE --recording FILE proposes limits',
    `      control.decision: {${metric}: at most 1%}`,
    `      candidate.decision: {${metric}: at most 5%}`,
    '      candidate: {error: no more than control + 0.5%}',
    '    gate: {minPairs: 1000, maxTime: 30m}',
    '',
  ].join('\n');
}

/** 1.5 times the p99 that was seen, to two digits, at least 10 ms. */
function sloOf(observed: Observed | null): number {
  const p99 = observed?.p99LatencyMs ?? null;
  if (p99 === null) return 200;
  return Math.max(10, Math.round(Number((1.5 * p99).toPrecision(2))));
}

function inputLines({ metadata, observed }: Found): readonly string[] {
  const lines = metadata.inputs.flatMap((tensor) => linesOf(tensor, observed));
  if (lines.length === 0) return ['# inputs: the server names none; perturbations need them'];
  return ['inputs:                    # CHECK: names, and which value a service uses when it knows none', ...lines];
}

const integers = /^U?INT/;

function linesOf(tensor: TensorMetadata, observed: Observed | null): readonly string[] {
  const { name, datatype } = tensor;
  const columns = widthOf(tensor, observed);
  if (datatype === 'BYTES') return [`  - {name: ${quoted(name)}, type: string}`];
  if (datatype === 'BOOL') return [`  - {name: ${quoted(name)}, type: boolean}`];
  const type = integers.test(datatype) ? ', type: integer' : '';
  if (columns === null || columns > mostColumns) return [`  - {name: ${quoted(name)}${type}}   # a vector`];
  return Array.from({ length: columns }, (_, index) => {
    const at = columns === 1 ? '' : `, at: ${quoted(`${name}[${index}]`)}`;
    const feature = columns === 1 ? name : `${name}_${index}`;
    return `  - {name: ${quoted(feature)}${at}${type}${observedPart(observed?.inputs.get(`${name}[${index}]`))}}`;
  });
}

/** 0 is no ordinary value where many values were seen and none was 0. */
const enoughToSay = 200;

function observedPart(column: Column | undefined): string {
  if (column === undefined || !(column.max > column.min)) return '';
  const margin = 0.1 * (column.max - column.min);
  const round = (value: number): number => (column.isWhole ? Math.round(value) : Number(value.toPrecision(4)));
  const range = `, range: [${round(column.min - margin)}, ${round(column.max + margin)}]`;
  const zero = column.zeros === 0 && column.count >= enoughToSay ? ', zeroIsLegal: false' : '';
  return `${range}, default: ${round(column.median)}${zero}`;
}

/** Null where only a request shows it. */
function widthOf({ name, shape }: TensorMetadata, observed: Observed | null): number | null {
  const rest = shape.slice(1);
  const known = rest.every((length) => length > 0) ? rest.reduce((product, length) => product * length, 1) : null;
  return observed?.widths.get(name) ?? known;
}

function decisionOf(found: Found): readonly string[] {
  const [main] = outputsByUse(found);
  if (main === undefined) {
    return ['  decision: {output: OUTPUT, label: above 0.5}   # CHECK: the server names no output'];
  }
  const others = outputsByUse(found).slice(1);
  return [
    `  decision: ${main.text}`,
    ...others.map(({ tensor, text }) => `  # ${tensor.name.replace(/[^\w-]/g, '_')}: ${text}`),
  ];
}

function firstMetric(found: Found): string {
  return outputsByUse(found)[0]?.kind === 'regression' ? 'material' : 'flip';
}

interface Guess {
  readonly tensor: TensorMetadata;
  readonly text: string;
  readonly kind: 'binary' | 'classes' | 'label' | 'regression';
  /** Scores say more than labels: what says most comes first. */
  readonly rank: number;
}

function outputsByUse({ metadata, observed }: Found): readonly Guess[] {
  return metadata.outputs.map((tensor) => guessOf(tensor, observed)).sort((one, other) => one.rank - other.rank);
}

function guessOf(tensor: TensorMetadata, observed: Observed | null): Guess {
  const { name, datatype } = tensor;
  const width = widthOf(tensor, observed) ?? 1;
  const column = observed?.outputs.get(`${name}[0]`);
  const isScore =
    column === undefined ? /prob|score/i.test(name) : column.min >= 0 && column.max <= 1 && !column.isWhole;
  if (datatype === 'BYTES' || integers.test(datatype) || datatype === 'BOOL') {
    return { tensor, kind: 'label', rank: 3, text: `{output: ${quoted(name)}}` };
  }
  if (width === 2 && isScore) {
    return { tensor, kind: 'binary', rank: 0, text: `{output: ${quoted(`${name}[:,1]`)}, label: above 0.5}` };
  }
  if (width > 1) return { tensor, kind: 'classes', rank: 1, text: `{output: ${quoted(name)}, label: argmax}` };
  if (isScore) return { tensor, kind: 'binary', rank: 0, text: `{output: ${quoted(name)}, label: above 0.5}` };
  const [low, high] = column === undefined || !(column.max > column.min) ? [0, 100] : [column.min, column.max];
  const scale = `${Math.floor(low)}..${Math.max(Math.floor(low) + 1, Math.ceil(high))}`;
  return { tensor, kind: 'regression', rank: 2, text: `{output: ${quoted(name)}, kind: regression, scale: ${scale}}` };
}

/** A double-quoted YAML scalar is a JSON string. */
function quoted(text: string): string {
  return /^[A-Za-z][\w-]*$/.test(text) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(text)
    ? text
    : JSON.stringify(text);
}
