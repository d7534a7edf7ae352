// The dashboards as committed: what the code makes, well formed, every expression PromQL about series that penumbra really exports. Whether
// there is data behind them, `npm run dashboards:check` asks a real Prometheus; how Grafana draws them is not checked anywhere.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { dashboards, textOf } from '../../../dashboards/all.ts';
import { createMetrics } from '../../../src/io/metrics/index.ts';
import {
  type DashboardFile,
  panelExpressions,
  syntaxProblem,
  variableQueries,
  withVariables,
} from '../../dashboards/expressions.ts';
import { snapshot } from '../../support/metrics-snapshot.ts';

const folder = join(resolve(import.meta.dirname, '../../..'), 'dashboards');
const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
const files = Object.keys(dashboards).map((name) => [name, JSON.parse(read(name)) as DashboardFile] as const);

it('are what the code makes: npm run dashboards writes them', () => {
  expect(
    readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .toSorted(),
  ).toEqual(Object.keys(dashboards).toSorted());
  for (const [name, made] of Object.entries(dashboards)) expect(read(name), name).toBe(textOf(made));
});

it('have the names that links and alerts use', () => {
  const uids = files.map(([, { uid }]) => uid);
  expect(uids.toSorted()).toEqual(
    ['datapath', 'dependencies', 'experiment', 'overview', 'robustness'].map((name) => `penumbra-${name}`),
  );
  const rules = readFileSync(join(folder, '../config/prometheus/rules.yaml'), 'utf8');
  const linked = [...rules.matchAll(/\/d\/([\w-]+)/g)].map(([, uid]) => uid);
  expect(linked.length).toBeGreaterThan(5);
  expect(linked.filter((uid) => !uids.includes(uid ?? ''))).toEqual([]);
});

describe.each(files)('%s', (_name, { panels, templating, ...file }) => {
  it('has panels with an id of their own, side by side on 24 columns, none upon another', () => {
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const taken = new Set<string>();
    for (const { title, gridPos } of panels) {
      const { x, y, w, h } = gridPos;
      expect(x + w, title).toBeLessThanOrEqual(24);
      expect(Math.min(w, h), title).toBeGreaterThan(0);
      for (let column = x; column < x + w; column++) {
        for (let line = y; line < y + h; line++) {
          expect(taken.has(`${column} ${line}`), `${title} lies upon another panel`).toBe(false);
          taken.add(`${column} ${line}`);
        }
      }
    }
  });

  it('says the unit of everything and takes its data from the variable', () => {
    for (const { type, title, fieldConfig, datasource, targets = [] } of panels.filter(({ type }) => type !== 'text')) {
      expect(fieldConfig?.defaults.unit, `${type} ${title}`).toBeTruthy();
      expect([datasource, ...targets.map((target) => target.datasource)].map((one) => one?.uid)).toEqual(
        Array(targets.length + 1).fill('$datasource'),
      );
      expect(new Set(targets.map(({ refId }) => refId)).size, title).toBe(targets.length);
    }
    expect(templating.list.map(({ name }) => name).slice(0, 3)).toEqual(['datasource', 'service', 'experiment']);
  });

  it('asks in PromQL, and only for series that exist', () => {
    const families = createMetrics(() => snapshot, { service: 's', version: '0' }).families();
    const known = families.flatMap(({ name, type }) => (type === 'histogram' ? [`${name}_bucket`] : [name]));
    const variables = Object.fromEntries(templating.list.map(({ name }) => [name, 'x']));
    const dashboard = { ...file, panels, templating };
    const asked = [
      ...panelExpressions(dashboard).map(({ expr }) => expr),
      ...variableQueries(dashboard).map(({ selector }) => selector),
    ].map((expr) => withVariables(expr, variables));
    expect(asked.length).toBeGreaterThan(5);
    expect(asked.map(syntaxProblem).filter((problem) => problem !== null)).toEqual([]);
    const names = asked.flatMap((expr) => expr.match(/\b(penumbra|process|nodejs)_\w+/g) ?? []);
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
  });
});

it('what is no PromQL is found', () => {
  expect(syntaxProblem('sum(rate(up[5m]))')).toBeNull();
  expect(syntaxProblem('sum(rate(up[5m])')).toContain('no PromQL');
  expect(syntaxProblem('up{job="$unknown"}')).toBe('a variable is unknown');
});

it('provisioning files are YAML that names the folder of the dashboards', () => {
  const { providers } = parse(read('provisioning/dashboards.yaml')) as { providers: { options: { path: string } }[] };
  expect(providers[0]?.options.path).toBe('/var/lib/grafana/dashboards/penumbra');
  const { datasources } = parse(read('provisioning/datasources.yaml')) as { datasources: { type: string }[] };
  expect(datasources.map(({ type }) => type)).toEqual(['prometheus']);
});
