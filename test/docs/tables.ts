// The README's generated tables: every kind with its options from its own schema, and the errors. `npm run docs` writes them;
// a test regenerates and compares, so that the README cannot drift from the code.
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { TObject, TSchema } from 'typebox';
import { knownMetrics, metricKey } from '../../src/config/metrics.ts';
import { metrics } from '../../src/core/compare/index.ts';
import { perturbations } from '../../src/core/perturb/index.ts';
import { watches } from '../../src/core/watch/index.ts';
import { faults } from '../../src/faults/index.ts';
import { codecs } from '../../src/io/codecs/index.ts';
import { createMetrics } from '../../src/io/metrics/index.ts';
import { createMemberMetrics } from '../../src/io/metrics/member.ts';
import { sinks } from '../../src/io/sinks/index.ts';

interface Documented {
  readonly name: string;
  readonly summary: string;
  readonly options: TObject;
}

const readme = join(resolve(import.meta.dirname, '../..'), 'README.md');

/** Options that every kind of a family has are said once, above its table. */
const common: readonly string[] = ['features', 'share'];

function optionText(name: string, schema: TSchema & { description?: string; default?: unknown }): string {
  const standard = schema.default === undefined ? '' : ` (default ${JSON.stringify(schema.default)})`;
  // In a config an option in milliseconds is written as a duration, without the unit in its name.
  return `\`${name.replace(/Ms$/, '')}\`: ${schema.description ?? ''}${standard}`;
}

/** The option that a kind's own key carries in a config stands first, under that key. */
function kindTable(kinds: readonly (Documented & { mainOption?: string })[], hidden: readonly string[] = []): string {
  const rows = kinds.map(({ name, summary, options, mainOption }) => {
    const shown = Object.entries(options.properties).filter(([option]) => !hidden.includes(option));
    return `| \`${name}\` | ${summary} | ${shown.map(([option, schema]) => optionText(option === mainOption ? name : option, schema as TSchema)).join('; ') || '–'} |`;
  });
  return ['| kind | what it does | options |', '|---|---|---|', ...rows].join('\n');
}

/** Metrics that a config may write; the others penumbra adds by itself. */
function metricTable(): string {
  const writable = knownMetrics.map(({ metric }) => metric.name);
  const rows = (metrics as readonly Documented[])
    .filter(({ name }) => writable.includes(name))
    .map(({ name, summary, options }) => {
      const own = Object.entries(options.properties).map(([option, schema]) => optionText(option, schema as TSchema));
      return `| \`${metricKey(name)}\` | ${summary}${own.length === 0 ? '' : ` Options: ${own.join('; ')}.`} |`;
    });
  return ['| metric | what it is |', '|---|---|', ...rows].join('\n');
}

function plainTable(kinds: readonly Documented[], what: string): string {
  return [
    `| ${what} | what it is |`,
    '|---|---|',
    ...kinds.map(({ name, summary }) => `| \`${name}\` | ${summary} |`),
  ].join('\n');
}

/** What /metrics exports; its families are known before the first scrape. */
function exportedTable(): string {
  const never = (): never => {
    throw new Error('nobody scrapes here');
  };
  const about = { service: '', version: '' };
  const own = createMetrics(never, about).families();
  const names = new Set(own.map(({ name }) => name));
  const ofMembers = createMemberMetrics(never, about).families();
  const rows = [...own, ...ofMembers.filter(({ name }) => !names.has(name))].map(({ name, type, labels, help }) => {
    const own = labels.filter((label) => label !== 'le').map((label) => `\`${label}\``);
    return `| \`${name}\` | ${type} | ${own.join(', ') || '–'} | ${help} |`;
  });
  return ['| series | type | labels, besides `service` | what it is |', '|---|---|---|---|', ...rows].join('\n');
}

const tables: Readonly<Record<string, string>> = {
  perturbations: kindTable(perturbations as readonly Documented[], common),
  faults: kindTable(faults as readonly Documented[]),
  metrics: metricTable(),
  watches: kindTable(
    (watches as readonly Documented[]).map((kind) => ({ ...kind, name: metricKey(kind.name) })),
    ['share'],
  ),
  protocols: plainTable(codecs as readonly Documented[], 'protocol'),
  sinks: plainTable(sinks as readonly Documented[], 'sink'),
  'metrics-exported': exportedTable(),
};

/** The text with every generated part written anew. */
export function withTables(text: string): string {
  return Object.entries(tables).reduce((result, [name, table]) => {
    const [start, end] = [`<!-- generated: ${name} -->`, `<!-- end: ${name} -->`];
    const [from, to] = [result.indexOf(start), result.indexOf(end)];
    if (from < 0 || to < from) throw new Error(`README.md lacks ${start} … ${end}`);
    return `${result.slice(0, from + start.length)}\n${table}\n${result.slice(to)}`;
  }, text);
}

export function readReadme(): string {
  return readFileSync(readme, 'utf8');
}

if (process.argv[1] === import.meta.filename) writeFileSync(readme, withTables(readReadme()));
