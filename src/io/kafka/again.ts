// Work that is done again and again, with a pause between the end of one time and the beginning of the next.
import type { Clock } from '../ports.ts';

/** Until the returned function is called. A rejection ends nothing: what the brokers do not say now they say later. */
export function doAgain(work: () => Promise<void>, { clock, pauseMs }: { clock: Clock; pauseMs: number }): () => void {
  let isOver = false;
  let cancel = (): void => undefined;
  const next = (): void => {
    if (!isOver) cancel = clock.after(pauseMs, () => void work().then(next, next));
  };
  next();
  return () => {
    isOver = true;
    cancel();
  };
}
