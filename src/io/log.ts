// The one logger: pino, JSON lines on standard error so that a command's own output stays clean.
import { type Logger, pino } from 'pino';

export function createLog(level: string): Logger {
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: false }),
  );
}
