// Collects everything wrong with a config, each with its line and column, so that one look shows all of it.
import type { Path, Position, YamlTree } from './yaml-tree.ts';

export interface Problem extends Position {
  readonly message: string;
}

/** Where checks report. `at` points at the value of a path, `atKey` at the key that names it. */
export interface Problems {
  at(path: Path, message: string): void;
  atKey(path: Path, message: string): void;
  warn(path: Path, message: string): void;
  /** How many errors there are so far: a section that added none may be used. */
  count(): number;
  errors(): readonly Problem[];
  warnings(): readonly Problem[];
}

export function createProblems(tree: YamlTree): Problems {
  const errors: Problem[] = tree.faults.map((fault) => ({ ...fault }));
  const warnings: Problem[] = [];
  return {
    at: (path, message) => void errors.push({ ...tree.positionOf(path), message }),
    atKey: (path, message) => void errors.push({ ...tree.keyPositionOf(path), message }),
    warn: (path, message) => void warnings.push({ ...tree.keyPositionOf(path), message }),
    count: () => errors.length,
    errors: () => inFileOrder(errors),
    warnings: () => inFileOrder(warnings),
  };
}

/** `file:line:column: message`, the form editors and people can jump to. */
export function problemLine(file: string, problem: Problem): string {
  return `${file}:${problem.line}:${problem.column}: ${problem.message}`;
}

function inFileOrder(problems: readonly Problem[]): readonly Problem[] {
  return [...problems].sort((one, other) => one.line - other.line || one.column - other.column);
}
