// From a YAML file to the effective config, or to everything that is wrong with it. Nothing starts on a config that is
// not wholly understood.
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { messageOf, PenumbraError } from '../errors.ts';
import type { EffectiveConfig } from './effective.ts';
import { createProblems, type Problem, problemLine } from './problems.ts';
import type { Environment } from './secrets.ts';
import { readSections } from './sections.ts';
import { type Path, type Position, readYaml } from './yaml-tree.ts';

export interface LoadOptions {
  readonly env: Environment;
}

export interface CheckedConfig {
  /** Null when there are errors. */
  readonly config: EffectiveConfig | null;
  /** In the order of the file. */
  readonly errors: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** Where a path stands in the file, for problems that others find. */
  positionOf(path: Path): Position;
}

/** The effective config. @throws PenumbraError CONFIG_NOT_FOUND, or CONFIG_INVALID with every error as `file:line:column: …`, one a line. */
export function loadConfig(file: string, options: LoadOptions): EffectiveConfig {
  const { config, errors } = checkConfig(file, options);
  if (config) return config;
  const lines = errors.map((problem) => problemLine(file, problem));
  const [first] = errors;
  throw new PenumbraError('CONFIG_INVALID', lines.join('\n'), first ? `${file}:${first.line}:${first.column}` : file);
}

/** The effective config with warnings, or all errors at once. @throws PenumbraError CONFIG_NOT_FOUND */
export function checkConfig(file: string, options: LoadOptions): CheckedConfig {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (thrown) {
    throw new PenumbraError('CONFIG_NOT_FOUND', `the config ${file} cannot be read: ${messageOf(thrown)}`, file);
  }
  return checkConfigText(text, { ...options, directory: dirname(resolve(file)) });
}

/** As `checkConfig`, for text; paths in it are relative to `directory`. */
export function checkConfigText(text: string, options: LoadOptions & { readonly directory: string }): CheckedConfig {
  const tree = readYaml(text);
  const problems = createProblems(tree);
  const config = tree.faults.length > 0 ? null : readSections({ value: tree.value, path: [], problems }, options);
  const errors = problems.errors();
  return {
    config: errors.length === 0 ? config : null,
    errors,
    warnings: problems.warnings(),
    positionOf: tree.positionOf,
  };
}
