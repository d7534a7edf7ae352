// What the API says of something that starts by itself.
import { Type } from 'typebox';

export const scheduleAnswer = Type.Object({
  at: Type.String({ description: 'a cron line' }),
  zone: Type.String({ description: 'the zone whose clocks it goes by' }),
  nextAt: Type.Union([Type.Number({ description: 'the next start, epoch milliseconds' }), Type.Null()]),
  started: Type.Integer({ description: 'starts since the comparator began, also those that failed' }),
  overlapped: Type.Integer({ description: 'skipped: the one before had not ended' }),
  missed: Type.Integer({ description: 'noticed too late, and not caught up' }),
  failed: Type.Integer({ description: 'refused, by the kill switch for one' }),
});
