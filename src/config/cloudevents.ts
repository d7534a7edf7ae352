// `source.cloudevents`: which events of a logger are production's, and which path their calls had, which events do not tell.
import type { Static } from 'typebox';
import type { CloudEventsConfig, EventsConfig, Production } from './effective.ts';
import { nameOf, readShape, type Spot, show } from './shape.ts';
import { cloudeventsSchema, eventsSchema } from './source-schema.ts';

/** `cloudevents: true` is every default. */
export function readCloudEvents(spot: Spot, production: Production | null): CloudEventsConfig | null {
  const shape = readShape(cloudeventsSchema, { ...spot, value: spot.value === true ? {} : spot.value });
  const events = shape && production && placed(spot, { shape, production });
  return events && { listen: shape.listen ?? null, ...events };
}

/** Of a topic that holds events; `true` is every default. */
export function readEvents(spot: Spot, production: Production | null): EventsConfig | null {
  const shape = readShape(eventsSchema, { ...spot, value: spot.value === true ? {} : spot.value });
  return shape && production && placed(spot, { shape, production });
}

interface Given {
  readonly shape: Static<typeof eventsSchema>;
  readonly production: Production;
}

function placed(spot: Spot, { shape, production }: Given): EventsConfig | null {
  const path = shape.path ?? pathOf(production);
  if (path === null) {
    const message = `${nameOf(spot.path)} requires path: events do not tell the path of a call, and production.json.calls names no single one`;
    spot.problems.atKey(spot.path, message);
    return null;
  }
  if (!/^\/[^\s?#]*$/.test(path)) {
    const message = `${nameOf(spot.path)}.path requires a path without query, such as /v2/models/{model}/infer, got ${show(path)}`;
    spot.problems.at([...spot.path, 'path'], message);
    return null;
  }
  const { service = null, endpoint = null, component, pair } = shape;
  return { service, endpoint, component, path, isPairedByEvent: pair === 'by event' };
}

const paths: Readonly<Record<string, string>> = {
  'open-inference-v2': '/v2/models/{model}/infer',
  'tensorflow-serving': '/v1/models/{model}:predict',
  'seldon-v1': '/api/v1.0/predictions',
  mlflow: '/invocations',
};

function pathOf({ protocol, json }: Production): string | null {
  const known = paths[protocol];
  if (known !== undefined) return known;
  const [call, ...more] = json?.calls ?? [];
  const path = call?.replace(/^[A-Z]+\s+/, '') ?? '';
  return path === '' || path.includes('*') || more.length > 0 ? null : path;
}

export function cloudeventsText({ listen, ...events }: CloudEventsConfig) {
  return { listen: listen ?? undefined, ...eventsText(events) };
}

export function eventsText({ service, endpoint, component, path, isPairedByEvent }: EventsConfig) {
  return {
    service: service ?? undefined,
    endpoint: endpoint ?? undefined,
    component,
    path,
    pair: isPairedByEvent ? 'by event' : 'by join.id',
  };
}
