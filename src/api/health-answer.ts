// What the comparator says of itself when asked how it is: runs, alerts, and what each source saw and lost.
import { Type } from 'typebox';

const countersOf = (description: string) =>
  Type.Record(Type.String(), Type.Record(Type.String(), Type.Integer()), { description });

export const healthAnswer = Type.Object({
  status: Type.Literal('ok'),
  service: Type.String(),
  version: Type.String(),
  activeRuns: Type.Integer(),
  undeliveredAlerts: Type.Integer(),
  sources: countersOf('what each source lost, by reason'),
  seen: countersOf('what came by each source that can say'),
  ignored: Type.Record(Type.String(), Type.Integer(), { description: 'what was not ours to judge, by reason' }),
});
