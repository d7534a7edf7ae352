// `decisions`: what is read out of an answer. "label: above 0.5" makes a binary score, "argmax" class scores, no label at
// all means that the output is the label itself, and a number is said by `kind: regression`.
import { parseOutput } from '../core/decide/index.ts';
import type { OutputPath } from '../core/decide/output-path.ts';
import { parseShare } from '../core/units.ts';
import type { Decision, PredictionKind } from '../model.ts';
import { suggestion } from './nearest.ts';
import { decisionSchema } from './schema.ts';
import { childOf, entriesOf, listed, nameOf, readShape, type Spot, show } from './shape.ts';

const kinds: readonly PredictionKind[] = ['binary', 'classes', 'label', 'regression'];
const kindsToCome = ['ranking', 'embedding', 'vector', 'text'];
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
  if (kind !== 'regression' && shape.scale !== undefined) {
    problems.atKey([...path, 'scale'], `${nameOf(path)}.scale is for kind regression; this one is ${kind}`);
  }
  const material = readMaterial(kind, childOf(spot, 'material'));
  if (problems.count() > before || output === null || material === null) return null;
  return { name, ...output, kind, threshold: label.threshold, scale: shape.scale ?? null, material };
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
  const kind = kinds.find((known) => known === value);
  if (!kind) {
    const soon = kindsToCome.includes(String(value));
    const rest = soon ? ' is not supported yet; known' : ` is unknown${suggestion(String(value), kinds)}; known`;
    problems.at(path, `decision kind ${show(value)}${rest}: ${listed(kinds)}`);
    return null;
  }
  const needed = { binary: 'label: above 0.5', classes: 'label: argmax', label: 'no label', regression: 'no label' }[
    kind
  ];
  if (fromLabel === kind || (fromLabel === null && (kind === 'label' || kind === 'regression'))) return kind;
  problems.at(path, `kind ${kind} requires ${needed}`);
  return null;
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
  if (column !== null && kind === 'classes') {
    spot.problems.at(spot.path, `${nameOf(spot.path)} requires the whole tensor for label: argmax, not one column`);
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

/** Scores: a difference of the score itself. Regression: a share of the scale. Labels have no size. */
function readMaterial(kind: PredictionKind, { value, path, problems }: Spot): number | null {
  if (value === undefined) return kind === 'label' ? 0 : 0.05;
  if (kind === 'label') {
    problems.atKey(path, `${nameOf(path)} has no meaning for a label: material is the same as flip there`);
    return null;
  }
  const read = kind === 'regression' ? shareOf(value) : typeof value === 'number' ? value : Number.NaN;
  if (read > 0 && read < 1) return read;
  const allowed =
    kind === 'regression' ? 'a share of the scale, such as 5%' : 'a difference of the score, such as 0.05';
  problems.at(path, `${nameOf(path)} requires ${allowed}, got ${show(value)}`);
  return null;
}

function shareOf(value: unknown): number {
  try {
    return typeof value === 'string' ? parseShare(value) : Number.NaN;
  } catch {
    return Number.NaN;
  }
}
