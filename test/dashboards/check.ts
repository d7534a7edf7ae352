// `npm run dashboards:check`: every expression of every panel and variable, asked of a real Prometheus that scraped a real penumbra. What
// is empty there would be an empty panel. How Grafana draws it is not checked: no Grafana takes part.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { dashboards } from '../../dashboards/all.ts';
import { type DashboardFile, panelExpressions, syntaxProblem, variableQueries, withVariables } from './expressions.ts';
import { startStand } from './stand.ts';

export interface Checked {
  readonly expressions: number;
  readonly empty: readonly string[];
  readonly errors: readonly string[];
}

const folder = join(resolve(import.meta.dirname, '../..'), 'dashboards');

export function readDashboards(): DashboardFile[] {
  return Object.keys(dashboards).map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as DashboardFile);
}

export const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0;

interface Answer {
  readonly status: string;
  readonly error?: string;
  readonly data?: { readonly result: readonly unknown[] } & readonly string[];
}

async function ask(prometheus: string, path: string): Promise<Answer> {
  const answer = await fetch(`${prometheus}/api/v1/${path}`);
  return (await answer.json()) as Answer;
}

interface Finding {
  readonly where: string;
  readonly state: 'full' | 'empty' | 'error';
  readonly detail: string;
}

/** `ask` gives an error or how much came back. */
async function findingOf(
  about: { readonly where: string; readonly expr: string },
  asked: () => Promise<Answer>,
): Promise<Finding> {
  const { where, expr } = about;
  const problem = syntaxProblem(expr);
  if (problem !== null) return { where, state: 'error', detail: `${problem}: ${expr}` };
  const { status, error, data } = await asked();
  if (status !== 'success') return { where, state: 'error', detail: `${error}: ${expr}` };
  const found = data?.result ?? data ?? [];
  return { where, state: found.length === 0 ? 'empty' : 'full', detail: expr };
}

/** The first value of each variable, as Grafana would choose it; those that may be all, are. */
async function checkDashboard(prometheus: string, dashboard: DashboardFile): Promise<Finding[]> {
  const values: Record<string, string> = { service: '.*', experiment: '.*' };
  const findings: Finding[] = [];
  for (const { name, selector, label } of variableQueries(dashboard)) {
    const expr = withVariables(selector, values);
    const path = `label/${label}/values?match[]=${encodeURIComponent(expr)}`;
    const where = `${dashboard.title} / variable ${name}`;
    findings.push(
      await findingOf({ where, expr }, async () => {
        const answer = await ask(prometheus, path);
        const [first] = (answer.data ?? []) as readonly string[];
        values[name] ??= chosen(name, (answer.data ?? []) as readonly string[]) ?? first ?? '';
        return answer;
      }),
    );
  }
  for (const { where, expr } of panelExpressions(dashboard)) {
    const ready = withVariables(expr, values);
    const path = `query?query=${encodeURIComponent(ready)}`;
    findings.push(await findingOf({ where, expr: ready }, () => ask(prometheus, path)));
  }
  return findings;
}

/** One whose metric the control is judged by too, so that the noise floor is drawn. */
function chosen(name: string, values: readonly string[]): string | undefined {
  return name === 'hypothesis' ? values.find((value) => /^candidate\..*flip$/.test(value)) : undefined;
}

export async function checkDashboards(): Promise<Checked> {
  const stand = await startStand();
  try {
    await stand.ready();
    const findings: Finding[] = [];
    for (const dashboard of readDashboards()) findings.push(...(await checkDashboard(stand.prometheus, dashboard)));
    const those = (state: Finding['state']): string[] =>
      findings.filter((one) => one.state === state).map(({ where, detail }) => `${where}: ${detail}`);
    return { expressions: findings.length, empty: those('empty'), errors: those('error') };
  } finally {
    await stand.close();
  }
}

if (process.argv[1] === import.meta.filename) {
  if (!hasPrometheus) {
    process.stderr.write('dashboards:check requires the program prometheus (on Debian: apt-get install prometheus)\n');
    process.exit(69);
  }
  const { expressions, empty, errors } = await checkDashboards();
  for (const one of empty) process.stdout.write(`EMPTY ${one}\n`);
  for (const one of errors) process.stdout.write(`ERROR ${one}\n`);
  process.stdout.write(`${expressions} expressions, ${empty.length} empty, ${errors.length} errors\n`);
  process.stdout.write('(asked of Prometheus; how Grafana draws them was not checked)\n');
  process.exit(empty.length + errors.length === 0 ? 0 : 1);
}
