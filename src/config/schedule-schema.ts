// The shape of `schedule`: of an experiment, whose runs end after a while, and of a chaos suite, which has its own end.
import { Type } from 'typebox';
import { duration, text } from './fields.ts';

const closed = { additionalProperties: false };
const times = {
  at: text('five fields of cron: minute, hour, day of the month, month, day of the week'),
  zone: text('the time zone whose clocks are meant', { default: 'UTC' }),
};

export const suiteScheduleSchema = Type.Object(times, closed);

export const scheduleSchema = Type.Object(
  { ...times, for: duration('a run ends after this time, whatever it knows by then') },
  closed,
);
