// What the API answers about drills, for its OpenAPI document.
import { type TSchema, Type } from 'typebox';

const nullable = (schema: TSchema) => Type.Union([schema, Type.Null()]);
const time = (description: string) => Type.Number({ description: `${description}, epoch milliseconds` });
const timeOrNull = (description: string) => nullable(time(description));
const text = (description: string) => Type.String({ description });
const textOrNull = (description: string) => nullable(text(description));

const delivery = Type.Object({
  sink: text('its kind and host'),
  at: timeOrNull('when it took the alert'),
  detail: textOrNull('its last words'),
  isRefused: Type.Boolean({ description: 'it will not be tried again' }),
});

export const drillAnswer = Type.Object({
  id: text('that of its run, too'),
  result: nullable(
    Type.Enum([
      'arrived',
      'delivered',
      'not_arrived',
      'not_delivered',
      'not_found',
      'no_data',
      'aborted',
      'interrupted',
    ]),
  ),
  isSuccess: Type.Boolean({ description: 'the alert arrived, or was delivered where nobody looks for its arrival' }),
  sentence: text('the same for people'),
  by: Type.Enum(['request', 'schedule']),
  experiment: text('whose arm is asked'),
  arm: Type.String(),
  planted: text('what is done to the copies of the requests'),
  withinMs: Type.Number(),
  maxRequestsPerSecond: Type.Number({ description: 'sent to the arm at most' }),
  maxRequests: Type.Number({ description: 'sent to the arm at most' }),
  startedAt: time('start'),
  plantedAt: timeOrNull('when the first request was changed'),
  plantedRequests: Type.Integer({ description: 'requests that were changed' }),
  verdict: nullable(Type.Object({ at: time('when'), requests: Type.Integer(), sentence: Type.String() })),
  deliveries: Type.Array(delivery),
  arrival: Type.Object({
    isAwaited: Type.Boolean(),
    at: timeOrNull('when it was seen'),
    where: textOrNull('at which receiver'),
  }),
  detectionMs: nullable(Type.Number({ description: 'from the first changed request to the verdict' })),
  deliveryMs: nullable(Type.Number({ description: 'from the verdict until every sink had the alert' })),
  arrivalMs: nullable(Type.Number({ description: 'from the verdict until it was seen to arrive' })),
  endedAt: timeOrNull('end'),
  reason: textOrNull('why it ended so'),
});
export const drillsAnswer = Type.Object({ drills: Type.Array(drillAnswer) });
