// The expressions of the dashboards as they are committed: of panels and of variables, with Grafana's variables put in, parsed before
// anybody is asked.
import { parser } from '@prometheus-io/lezer-promql';

export interface Expression {
  readonly where: string;
  readonly expr: string;
}

export interface DashboardFile {
  readonly uid: string;
  readonly title: string;
  readonly templating: {
    readonly list: readonly { readonly name: string; readonly type: string; readonly query?: unknown }[];
  };
  readonly panels: readonly {
    readonly id: number;
    readonly title: string;
    readonly type: string;
    readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    readonly datasource?: { readonly uid: string };
    readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
    readonly targets?: readonly {
      readonly refId?: string;
      readonly expr: string;
      readonly datasource: { readonly uid: string };
    }[];
  }[];
}

export function panelExpressions({ title, panels }: DashboardFile): Expression[] {
  return panels.flatMap((panel) =>
    (panel.targets ?? []).map(({ expr }) => ({ where: `${title} / ${panel.title}`, expr })),
  );
}

export interface VariableQuery {
  readonly name: string;
  readonly selector: string;
  readonly label: string;
}

export function variableQueries({ templating }: DashboardFile): VariableQuery[] {
  return templating.list.flatMap(({ name, type, query }) => {
    if (type !== 'query') return [];
    const found = /^label_values\((.*), (\w+)\)$/s.exec(String(query));
    if (found === null) throw new Error(`variable ${name} is no label_values(SELECTOR, LABEL): ${String(query)}`);
    return [{ name, selector: found[1] as string, label: found[2] as string }];
  });
}

/** Grafana's own of a dashboard that is looked at right after it was opened. */
const builtIn: Readonly<Record<string, string>> = { __rate_interval: '10s', __range: '1m', __interval: '5s' };

export function withVariables(expr: string, values: Readonly<Record<string, string>> = {}): string {
  const known: Readonly<Record<string, string>> = { ...builtIn, ...values };
  return expr.replace(/\$(\w+)/g, (whole, name: string) => known[name] ?? whole);
}

/** What is wrong with it; null when it is PromQL. */
export function syntaxProblem(expr: string): string | null {
  let problem: string | null = expr.includes('$') ? 'a variable is unknown' : null;
  parser.parse(expr).iterate({
    enter: ({ type, from, to }) => {
      if (type.isError) problem ??= `no PromQL at ${from}: "${expr.slice(Math.max(0, from - 20), to + 20)}"`;
    },
  });
  return problem;
}
