// What all dashboards are made of: one data source, the same variables and links, panels laid out row by row.
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import { BigValueColorMode, BigValueGraphMode, ReduceDataOptionsBuilder } from '@grafana/grafana-foundation-sdk/common';
import {
  type Dashboard,
  DashboardBuilder,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  type GridPos,
  type Panel,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatPanel } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TablePanel } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as SeriesPanel } from '@grafana/grafana-foundation-sdk/timeseries';

export const source = { type: 'prometheus', uid: '$datasource' };

/** What every query is narrowed to. */
export const ofService = 'service=~"$service"';
export const ofExperiment = `${ofService}, experiment=~"$experiment"`;

export function query(expr: string, legend = '__auto'): DataqueryBuilder {
  return new DataqueryBuilder().datasource(source).expr(expr).legendFormat(legend).range();
}

/** The latest values as rows, a column per label. */
export function rows(expr: string): DataqueryBuilder {
  return new DataqueryBuilder().datasource(source).expr(expr).format(PromQueryFormat.Table).instant();
}

export type Queries = readonly DataqueryBuilder[];

/** A, B, C …: two queries of one name would be one. */
export function named(queries: Queries): DataqueryBuilder[] {
  return queries.map((one, place) => one.refId(String.fromCharCode(65 + place)));
}

export interface PanelText {
  readonly title: string;
  readonly description: string;
  readonly unit: string;
}

/** One number; from `bad` on it is coloured, and the number itself says it too. */
export function stat({ title, description, unit }: PanelText, queries: Queries, bad?: number): StatPanel {
  const panel = new StatPanel()
    .title(title)
    .description(description)
    .unit(unit)
    .datasource(source)
    .colorMode(bad === undefined ? BigValueColorMode.None : BigValueColorMode.Background)
    .graphMode(BigValueGraphMode.None)
    .reduceOptions(new ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .targets(named(queries));
  return bad === undefined ? panel : panel.thresholds(thresholds(bad));
}

export function series({ title, description, unit }: PanelText, queries: Queries): SeriesPanel {
  return new SeriesPanel()
    .title(title)
    .description(description)
    .unit(unit)
    .datasource(source)
    .fillOpacity(0)
    .lineWidth(2)
    .targets(named(queries));
}

/** Time, name and the scraper's labels say nothing to who reads the rows. */
const hidden = ['Time', '__name__', 'instance', 'job'];

export function table({ title, description, unit }: PanelText, queries: Queries): TablePanel {
  const excludeByName = Object.fromEntries(hidden.map((name) => [name, true]));
  return new TablePanel()
    .title(title)
    .description(description)
    .unit(unit)
    .datasource(source)
    .targets(named(queries))
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({ id: 'organize', options: { excludeByName } });
}

/** Blue and orange: told apart by everybody. */
export function thresholds(bad: number): ThresholdsConfigBuilder {
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps([
    { value: null, color: 'blue' },
    { value: bad, color: 'orange' },
  ]);
}

export function link(title: string, url: string): DashboardLinkBuilder {
  return new DashboardLinkBuilder(title).url(url).targetBlank(true);
}

/** The row's value in that column, as Grafana writes it. */
function field(name: string): string {
  return `\${__data.fields.${name}}`;
}

/** From a row or a series to the divergent requests of its arm. */
export const samplesLink = link('divergent samples', `$penumbra/v1/runs/${field('run')}/samples?arm=${field('arm')}`);
export const experimentLink = link(
  'experiment',
  `/d/penumbra-experiment?var-service=${field('service')}&var-experiment=${field('experiment')}`,
);

export function variable(name: string, label: string, of: string): QueryVariableBuilder {
  return new QueryVariableBuilder(name)
    .label(label)
    .datasource(source)
    .query(of)
    .refresh(VariableRefresh.OnTimeRangeChanged);
}

const all = { text: 'All', value: '$__all' };

export function variables(): Builder<import('@grafana/grafana-foundation-sdk/dashboard').VariableModel>[] {
  return [
    new DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'),
    variable('service', 'Service', 'label_values(penumbra_build_info, service)')
      .multi(true)
      .includeAll(true)
      .current(all),
    variable('experiment', 'Experiment', `label_values(penumbra_run_state{${ofService}}, experiment)`)
      .multi(true)
      .includeAll(true)
      .current(all),
    new TextBoxVariableBuilder('penumbra').label('penumbra’s address, for links').defaultValue('http://127.0.0.1:9090'),
  ];
}

export interface DashboardText {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
}

export interface Placed {
  readonly panel: Builder<Panel> & { gridPos(at: GridPos): unknown; id(id: number): unknown };
  /** Of 24. */
  readonly width: number;
}

export interface Row {
  readonly height: number;
  readonly panels: readonly Placed[];
}

/** Panels are numbered as they stand, so that links to a panel stay. */
export function dashboard(
  { uid, title, description }: DashboardText,
  given: { readonly rows: readonly Row[]; readonly more?: ReturnType<typeof variables> },
): Dashboard {
  const builder = new DashboardBuilder(`penumbra: ${title}`)
    .uid(uid)
    .description(description)
    .tags(['penumbra'])
    .timezone('browser')
    .time({ from: 'now-1h', to: 'now' })
    .refresh('30s')
    .variables([...variables(), ...(given.more ?? [])])
    .link(
      new DashboardLinkBuilder('penumbra')
        .type(DashboardLinkType.Dashboards)
        .tags(['penumbra'])
        .includeVars(true)
        .keepTime(true),
    )
    .link(link('penumbra’s own page', '$penumbra/'));
  let [id, y] = [1, 0];
  for (const { height: h, panels } of given.rows) {
    let x = 0;
    for (const { panel, width: w } of panels) {
      panel.gridPos({ x, y, w, h });
      panel.id(id++);
      builder.withPanel(panel);
      x += w;
    }
    y += h;
  }
  return builder.build();
}

export function row(height: number, ...panels: readonly Placed['panel'][]): Row {
  const width = Math.floor(24 / panels.length);
  return { height, panels: panels.map((panel) => ({ panel, width })) };
}
