// How many clients the file descriptors that this process may open are enough for: two for each, and some for the rest.
import { readFileSync } from 'node:fs';

/** Listening socket, link, loops, standard streams, a program started by hand-over: about 30; and clients that wait for a place. */
const reserved = 96;
const perConnection = 2;

/** The most clients at a time, or null where the system does not say. */
export function connectionsAllowed(limit: number | null = descriptorLimit()): number | null {
  return limit === null ? null : Math.max(Math.floor((limit - reserved) / perConnection), 1);
}

/** Null: unlimited, or not Linux. */
export function descriptorLimit(read: () => string = () => readFileSync('/proc/self/limits', 'utf8')): number | null {
  try {
    const soft = /^Max open files\s+(\d+)/m.exec(read())?.[1];
    return soft === undefined ? null : Number(soft);
  } catch {
    return null;
  }
}
