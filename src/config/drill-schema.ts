// The shape of `drill`: a known regression, planted in a shadow on purpose to see whether its alert arrives.
import { Type } from 'typebox';
import { duration, rate, share, text, url, whole } from './fields.ts';

const closed = { additionalProperties: false };
const anything = (description: string) => Type.Unknown({ description });

export const drillSchema = Type.Object(
  {
    experiment: Type.Optional(text('whose arm is asked; by default the first experiment that has a control')),
    arm: Type.Optional(text('the arm whose target is asked; by default the control, never production itself')),
    perturb: Type.Optional(anything('the planted regression; by default every declared input that can be is zeroed')),
    decision: Type.Optional(text('the decision that is judged; by default each of them')),
    limit: share('the alert must come when more answers than this change', { default: '1%' }),
    share: share('which part of the exchanges the drill sees', { default: '100%' }),
    within: duration('the alert must have arrived so long after the start', { default: '10m' }),
    budget: Type.Optional(anything('the most load that a drill may cause')),
    stopWhen: Type.Optional(anything('what in production aborts the drill; by default as the experiment says')),
    receiver: Type.Optional(url('an Alertmanager that is asked whether the alert has arrived')),
    schedule: Type.Optional(anything('when serve drills by itself: {every: 24h}, or {at: "0 9 * * 1", zone: …}')),
  },
  closed,
);

export const drillBudgetSchema = Type.Object(
  {
    requests: rate('most requests sent to the arm', { default: '10 per second' }),
    total: whole('most requests sent to the arm in one drill', { minimum: 1, default: 2000 }),
  },
  closed,
);

export const drillScheduleSchema = Type.Object(
  {
    every: Type.Optional(duration('a drill so often, the first so long after the start')),
    at: Type.Optional(text('a cron line of five fields, such as "0 9 * * 1"')),
    zone: Type.Optional(text('the time zone of the cron line; UTC by default')),
  },
  closed,
);
