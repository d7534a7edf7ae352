// What happens to a drill on its way, seen where it happens: requests that are changed, and sinks that take its alert or do not.
import { drillName } from '../../config/drill-config.ts';
import type { PlanArm } from '../../faults/plan-arm.ts';
import type { Clock, Sink } from '../../io/ports.ts';
import type { DrillDelivery } from '../../io/store-port.ts';
import type { Alert, Experiment } from '../../model.ts';

export interface Seen {
  readonly plantedAt: number | null;
  readonly plantedRequests: number;
  readonly deliveries: readonly DrillDelivery[];
  /** Of the alert that the sinks were given; null before. */
  readonly key: string | null;
}

export interface Witness {
  /** From here on it looks at this drill alone; "" for none. */
  attend(id: string): void;
  seen(): Seen;
  /** The plan of an arm, watched when it is a drill's. */
  watched(experiment: Pick<Experiment, 'name'>, plan: PlanArm): PlanArm;
  /** The sink, which tells what becomes of the alerts of drills. */
  attended(sink: Sink): Sink;
}

export function createWitness({ clock }: { readonly clock: Clock }): Witness {
  const sinks = new Set<string>();
  let id = '';
  let plantedAt: number | null = null;
  let plantedRequests = 0;
  let key: string | null = null;
  let deliveries = new Map<string, DrillDelivery>();
  const note = (alert: Alert, name: string, told: Awaited<ReturnType<Sink['deliver']>>): void => {
    const isOurs = alert.run === id && alert.status === 'firing' && alert.hypothesis !== null;
    if (!isOurs || deliveries.get(name)?.at != null) return;
    key = alert.key;
    const { delivered, retryable, detail } = told;
    const at = delivered ? clock.nowMs() : null;
    deliveries.set(name, { sink: placeOf(name), at, detail, isRefused: !delivered && !retryable });
  };
  return {
    attend: (drill) => {
      id = drill;
      [plantedAt, plantedRequests, key] = [null, 0, null];
      deliveries = new Map();
    },
    seen: () => ({
      plantedAt,
      plantedRequests,
      key,
      deliveries: [...sinks].map(
        (name) => deliveries.get(name) ?? { sink: placeOf(name), at: null, detail: null, isRefused: false },
      ),
    }),
    watched: ({ name }, plan) => {
      if (name !== drillName) return plan;
      return (exchange, options) => {
        const planned = plan(exchange, options);
        if (options.faultsOn && planned.faultActed === true) {
          plantedAt ??= clock.nowMs();
          plantedRequests += 1;
        }
        return planned;
      };
    },
    attended: (sink) => {
      sinks.add(sink.name);
      const deliver: Sink['deliver'] = async (notification) => {
        const told = await sink.deliver(notification);
        for (const alert of notification.alerts) {
          if (alert.experiment === drillName) note(alert, sink.name, told);
        }
        return told;
      };
      return { ...sink, deliver };
    },
  };
}

/** A sink by its kind and host: the path of a webhook may be its secret. */
function placeOf(name: string): string {
  const [kind = '', url = ''] = name.split(' ');
  return URL.canParse(url) ? `${kind} ${new URL(url).host}` : kind;
}
