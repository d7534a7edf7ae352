// `stopWhen: [{prometheus: http://…, query: …, above: 0.01}]`: read from a config and written back in its own words.
import { formatDuration } from '../core/units.ts';
import type { PrometheusStop } from '../model.ts';
import { readHeaders, type SecretSetting } from './secret-fields.ts';
import { childOf, nameOf, readShape, type Spot } from './shape.ts';
import { prometheusStopSchema } from './stop-schema.ts';

/** Null when anything was reported. */
export function readQueryStop(spot: Spot, setting: SecretSetting): PrometheusStop | null {
  const { path, problems } = spot;
  const before = problems.count();
  const shape = readShape(prometheusStopSchema, spot);
  const headers = readHeaders(childOf(spot, 'headers'), setting);
  if (!shape || problems.count() > before) return null;
  const { prometheus: url, query, above, below, every: everyMs, times } = shape;
  if ((above === undefined) === (below === undefined)) {
    problems.at(path, `${nameOf(path)} requires either above or below: a number such as above: 0.01`);
    return null;
  }
  if (everyMs < 1000) {
    problems.at(
      [...path, 'every'],
      `${nameOf([...path, 'every'])} requires at least 1s: Prometheus is asked every time`,
    );
    return null;
  }
  const side = above === undefined ? 'below' : 'above';
  const limit = above ?? below ?? 0;
  const text = `${quoted(query)} ${side} ${limit}`;
  return { text, signal: 'prometheus', url, headers, query, side, limit, everyMs, times };
}

const longestQuoted = 100;

/** The query as reasons and plans name it: on one line, not too long. */
function quoted(query: string): string {
  const line = query.replace(/\s+/g, ' ').trim();
  return line.length > longestQuoted ? `${line.slice(0, longestQuoted - 1)}…` : line;
}

/** As a config writes it. */
export function queryStopText({ url, query, side, limit, everyMs, times, headers }: PrometheusStop) {
  const more = Object.keys(headers).length > 0 ? { headers } : {};
  return { prometheus: url, query, [side]: limit, every: formatDuration(everyMs), times, ...more };
}
