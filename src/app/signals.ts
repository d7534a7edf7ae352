// Who answers the queries of stop conditions: Prometheus over HTTP, with the secrets of the config put in at the moment of asking.
import { type Environment, resolveHeaders } from '../config/secrets.ts';
import { messageOf } from '../errors.ts';
import type { Clock, Signals } from '../io/ports.ts';
import { createPrometheus } from '../io/prometheus.ts';

export function openSignals({ clock, env }: { readonly clock: Clock; readonly env: Environment }): Signals {
  const prometheus = createPrometheus({ clock });
  return {
    ...prometheus,
    read: async (condition) => {
      try {
        return await prometheus.read({ ...condition, headers: resolveHeaders(condition.headers, { env }) });
      } catch (thrown) {
        // A secret that is gone is a signal that is gone.
        return { missing: messageOf(thrown) };
      }
    },
  };
}
