// `segments`: parts of the traffic that expectations may be judged in, one by one: `candidate.late per origin: {flip: at most 8%}`.
import { isJsonPointer } from '../core/json-pointer.ts';
import type { InputFeature, Segmentation, SegmentSource } from '../model.ts';
import { nameForm, namePattern } from './decisions.ts';
import { suggestion } from './nearest.ts';
import { segmentationSchema } from './schema.ts';
import { entriesOf, listed, nameOf, readShape, type Spot, show } from './shape.ts';

/** Null when something was reported. `inputs` is null when those were. */
export function readSegments(spot: Spot, inputs: readonly InputFeature[] | null): readonly Segmentation[] | null {
  if (spot.value === undefined) return [];
  const before = spot.problems.count();
  const entries = entriesOf(spot, 'a map such as origin: {header: x-origin}');
  const read = entries.map(([name, entry]) => readSegmentation(name, { spot: entry, inputs }));
  return spot.problems.count() > before ? null : read.filter((one) => one !== null);
}

function readSegmentation(
  name: string,
  { spot, inputs }: { spot: Spot; inputs: readonly InputFeature[] | null },
): Segmentation | null {
  const { path, problems } = spot;
  if (!namePattern.test(name)) problems.atKey(path, `"${name}" is not ${nameForm}`);
  const shape = readShape(segmentationSchema, spot);
  if (!shape) return null;
  const source = readSource(spot, { ...shape, inputs });
  if (shape.values && shape.edges) {
    problems.atKey([...path, 'edges'], 'values and edges contradict each other: texts have values, numbers have edges');
  }
  if (shape.values && new Set(shape.values).size < shape.values.length) {
    problems.at([...path, 'values'], `${nameOf([...path, 'values'])} names a value twice`);
  }
  const isAscending = shape.edges?.every((edge, index, all) => index === 0 || edge > (all[index - 1] as number));
  if (isAscending === false) {
    problems.at([...path, 'edges'], `${nameOf([...path, 'edges'])} requires ascending numbers, such as [0, 60, 180]`);
  }
  const { most, atLeast } = shape;
  return source && { name, source, values: shape.values ?? null, edges: shape.edges ?? null, most, atLeast };
}

interface Written {
  readonly at?: string;
  readonly header?: string;
  readonly input?: string;
  readonly inputs: readonly InputFeature[] | null;
}

function readSource(spot: Spot, { at, header, input, inputs }: Written): SegmentSource | null {
  const { path, problems } = spot;
  if ([at, header, input].filter((one) => one !== undefined).length !== 1) {
    problems.atKey(path, `${nameOf(path)} requires one of at: /json/pointer, header: NAME or input: FEATURE`);
    return null;
  }
  if (header !== undefined) {
    if (/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(header)) return { type: 'header', header: header.toLowerCase() };
    problems.at([...path, 'header'], `${nameOf([...path, 'header'])} requires a header's name, got ${show(header)}`);
    return null;
  }
  if (at !== undefined) {
    if (isJsonPointer(at)) return { type: 'pointer', pointer: at };
    const allowed = 'a JSON Pointer into the request, such as /parameters/tenant';
    problems.at([...path, 'at'], `${nameOf([...path, 'at'])} requires ${allowed}, got ${show(at)}`);
    return null;
  }
  const found = inputs?.find(({ name }) => name === input);
  if (found) return { type: 'input', input: found };
  if (inputs) {
    const names = inputs.map(({ name }) => name);
    const hint = suggestion(String(input), names);
    problems.at(
      [...path, 'input'],
      `${show(input)} is no declared input${hint}; declared: ${listed(names) || 'none (see inputs)'}`,
    );
  }
  return null;
}

/** As a config writes it. */
export function segmentationText({ source, values, edges, most, atLeast }: Segmentation) {
  const where = {
    pointer: () => ({ at: source.type === 'pointer' ? source.pointer : '' }),
    header: () => ({ header: source.type === 'header' ? source.header : '' }),
    input: () => ({ input: source.type === 'input' ? source.input.name : '' }),
  }[source.type]();
  return { ...where, values: values ?? undefined, edges: edges ?? undefined, most, atLeast };
}
