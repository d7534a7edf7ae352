// `serve --role compare`: a comparator without store, API and page; it lives and dies by its partitions.
import type { Scaled } from './scaled.ts';

const stopWithinMs = 10_000;

/** Resolves when it compares. */
export async function serveCompare({ compare, start, stop }: Scaled, topic: string): Promise<void> {
  await start();
  await compare?.start();
  let isStopping = false;
  const end = async (): Promise<void> => {
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => process.exit(1), stopWithinMs).unref();
    await compare?.stop();
    await stop();
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void end());
  // A parent that started it over IPC and died leaves nobody to stop it.
  process.on('disconnect', () => void end());
  process.stdout.write(`comparing what arrives in ${topic}\n`);
  process.send?.({ type: 'comparing' });
}
