// How far a drift has come after some time: 0 is nothing, 1 is all of it.
export type DriftShape = 'step' | 'ramp' | 'sine';

/** Step and ramp go from 0 to 1; a sine swings between −1 and 1. Before the start it is 0. */
export function progressOf(ms: number, { shape, overMs }: { shape: DriftShape; overMs: number }): number {
  if (!(ms > 0)) return 0;
  if (shape === 'step') return ms >= overMs ? 1 : 0;
  return shape === 'ramp' ? Math.min(1, ms / overMs) : Math.sin((2 * Math.PI * ms) / overMs);
}

/** The same as a share: a sine swings between 0 and 1 and starts at 0. */
export function shareOf(ms: number, course: { shape: DriftShape; overMs: number }): number {
  if (course.shape !== 'sine') return progressOf(ms, course);
  return ms > 0 ? (1 - Math.cos((2 * Math.PI * ms) / course.overMs)) / 2 : 0;
}
