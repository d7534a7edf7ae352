// A Prometheus Alertmanager by its API v2 (POST /api/v2/alerts): it deduplicates by labels, groups, silences and inhibits by itself, and
// takes what is no longer repeated for resolved.
import { Type } from 'typebox';
import type { Kind } from '../../core/kind.ts';
import type { SentAlert } from '../../model.ts';
import type { Sink } from '../ports.ts';
import { postJson } from './post.ts';

const options = Type.Object({
  url: Type.String({ description: 'address of the Alertmanager; a path before /api/v2 is kept' }),
  headers: Type.Record(Type.String(), Type.String(), { default: {}, description: 'extra request headers' }),
});

const repeatEveryMs = 60_000;
/** So many repeats may fail before an alert seems to be over. */
const repeatsUntilForgotten = 4;

export const alertmanager: Kind<typeof options, Sink> = {
  name: 'alertmanager',
  summary:
    'posts alerts to an Alertmanager (API v2), with the labels of the Prometheus rules, and repeats every minute what fires',
  options,
  create: ({ url, headers }) => ({
    name: `alertmanager ${url}`,
    repeatEveryMs,
    deliver: ({ alerts, at }) =>
      postJson(`${url.replace(/\/+$/, '')}/api/v2/alerts`, {
        headers,
        body: alerts.map((alert) => asPosted(alert, at)),
      }),
    close: async () => {},
  }),
};

function asPosted({ status, labels, annotations, at }: SentAlert, nowMs: number) {
  const { link } = annotations;
  // The end of an alert that it has known from its beginning.
  const times =
    status === 'resolved'
      ? { endsAt: timeOf(at) }
      : { startsAt: timeOf(at), endsAt: timeOf(Math.max(at, nowMs) + repeatsUntilForgotten * repeatEveryMs) };
  return { labels, annotations, ...times, ...(link === undefined ? {} : { generatorURL: link }) };
}

function timeOf(atMs: number): string {
  return new Date(atMs).toISOString();
}
