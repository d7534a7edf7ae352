// `decisions`: what is read out of an answer. "label: above 0.5" makes a binary score, "argmax" class scores, no label at
// all means that the output is the label itself, and everything else is said by `kind`, such as `kind: regression`.
import { parseOutput, predictionKinds } from '../core/decide/index.ts';
import type { OutputPath } from '../core/decide/output-path.ts';
import type { Decision, PredictionKind } from '../model.ts';
import { readMaterial } from './material.ts';
import { suggestion } from './nearest.ts';
import { decisionSchema } from './schema.ts';
import { childOf, entriesOf, listed, nameOf, readShape, type Spot, show } from './shape.ts';

/** Other words for a kind. */
const synonyms: Readonly<Record<string, PredictionKind>> = { embedding: 'vector' };
const kindNames: readonly string[] = [...predictionKinds, ...Object.keys(synonyms)];
/** Kinds that a label says; every other kind is written without one. */
const labelOf: Readonly<Partial<Record<PredictionKind, string>>> = {
  binary: 'label: above 0.5',
  classes: 'label: argmax',
};
/** Kinds that are read from the whole row. */
const ofWholeRow: readonly PredictionKind[] = ['classes', 'vector', 'ranking'];
/** How many places of a ranking count unless it says so. */
const defaultTop = 10;
export const namePattern = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
export const nameForm = 'a name of letters, digits, _ and - that starts with a letter';

export function readDecisions(spot: Spot): readonly Decision[] | null {
  const before = spot.problems.count();
  const entries = entriesOf(spot, 'a map of decisions, such as late: {output: "probabilities[:,1]", label: above 0.5}');
  const decisions = entries.map(([name, entry]) => readDecision(name, entry));
  if (spot.problems.count() === before && entries.length === 0)
    spot.problems.at(spot.path, 'decisions requires at least one');
  return spot.problems.count() > before ? null : decisions.filter((decision) => decision !== null);
}

function readDecision(name: string, spot: Spot): Decision | null {
  const { path, problems } = spot;
  const before = problems.count();
  if (!namePattern.test(name)) problems.atKey(path, `"${name}" is not ${nameForm}`);
  const shape = readShape(decisionSchema, spot);
  if (!shape) return null;
  const label = readLabel(shape.label, childOf(spot, 'label'));
  const kind = label === null ? null : kindOf(label.kind, childOf(spot, 'kind'));
  if (label === null || kind === null) return null;
  const output = readOutput(shape.output, { kind, spot: childOf(spot, 'output') });
  if (kind === 'regression' && shape.scale === undefined) {
    problems.atKey(path, `${nameOf(path)} requires scale for kind regression, such as scale: 0..300`);
  }
  if (shape.scale !== undefined) checkKey('scale', { isFor: 'regression', kind, spot });
  if (shape.top !== undefined) checkKey('top', { isFor: 'ranking', kind, spot });
  const material = readMaterial(kind, childOf(spot, 'material'));
  if (problems.count() > before || output === null) return null;
  const top = kind === 'ranking' ? { top: shape.top ?? defaultTop } : {};
  return { name, ...output, kind, threshold: label.threshold, scale: shape.scale ?? null, ...top, material };
}

function checkKey(
  key: string,
  { isFor, kind, spot }: { isFor: PredictionKind; kind: PredictionKind; spot: Spot },
): void {
  if (kind === isFor) return;
  const { path, problems } = spot;
  problems.atKey([...path, key], `${nameOf(path)}.${key} is for kind ${isFor}; this one is ${kind}`);
}

interface Label {
  /** Null: the label says nothing about the kind. */
  readonly kind: PredictionKind | null;
  readonly threshold: number | null;
}

function readLabel(written: string | undefined, { path, problems }: Spot): Label | null {
  if (written === undefined) return { kind: null, threshold: null };
  if (written === 'argmax') return { kind: 'classes', threshold: null };
  const threshold = Number(/^above (-?\d+(?:\.\d+)?)$/.exec(written)?.[1] ?? Number.NaN);
  if (Number.isFinite(threshold)) return { kind: 'binary', threshold };
  problems.at(
    path,
    `${nameOf(path)} requires "above 0.5" (for a score) or "argmax" (for class scores), got ${show(written)}`,
  );
  return null;
}

function kindOf(fromLabel: PredictionKind | null, spot: Spot): PredictionKind | null {
  const { value, path, problems } = spot;
  if (value === undefined) return fromLabel ?? 'label';
  const kind = predictionKinds.find((known) => known === value) ?? synonymOf(value);
  if (!kind) {
    const hint = suggestion(String(value), kindNames);
    problems.at(path, `decision kind ${show(value)} is unknown${hint}; known: ${listed(kindNames)}`);
    return null;
  }
  const needed = labelOf[kind];
  if (fromLabel === kind || (fromLabel === null && needed === undefined)) return kind;
  problems.at(path, `kind ${kind} requires ${needed ?? 'no label'}`);
  return null;
}

function synonymOf(value: unknown): PredictionKind | undefined {
  return typeof value === 'string' && Object.hasOwn(synonyms, value) ? synonyms[value] : undefined;
}

function readOutput(written: string, { kind, spot }: { kind: PredictionKind; spot: Spot }) {
  const { output, column } = pathOf(written);
  if (output === '') {
    spot.problems.at(
      spot.path,
      `${nameOf(spot.path)} requires a tensor name or one of its columns, such as "probabilities[:,1]", got ${show(written)}`,
    );
    return null;
  }
  if (column !== null && ofWholeRow.includes(kind)) {
    const what = labelOf[kind] ?? `kind: ${kind}`;
    spot.problems.at(spot.path, `${nameOf(spot.path)} requires the whole tensor for ${what}, not one column`);
    return null;
  }
  return { output, column };
}

function pathOf(written: string): OutputPath {
  try {
    return parseOutput(written);
  } catch {
    return { output: '', column: null };
  }
}
