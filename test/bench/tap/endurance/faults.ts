// What goes wrong behind the tap in an endurance run, one after the other, at a steady pace.
import type { Scene } from './scene.ts';

export interface Faults {
  /** How often each has been brought about so far. */
  readonly fired: Readonly<Record<string, number>>;
  haveAllFired(): boolean;
  /** No more of them; what was broken last is mended. */
  end(): Promise<void>;
}

export function startFaults(scene: Scene, { everyMs, say }: { everyMs: number; say: (line: string) => void }): Faults {
  const pause = (ms: number): Promise<void> => new Promise((resume) => setTimeout(resume, ms));
  const { fillDisk } = scene;
  const kinds: Record<string, () => Promise<void>> = {
    comparatorKilled: async () => {
      await scene.killComparator();
      await pause(everyMs / 4);
      await scene.startComparator();
    },
    shadowStopped: async () => {
      scene.shadow.kill('SIGSTOP');
      await pause((3 * everyMs) / 4);
      scene.shadow.kill('SIGCONT');
    },
    ...(fillDisk === null
      ? {}
      : {
          diskFull: async () => {
            fillDisk();
            await pause((3 * everyMs) / 4);
            scene.freeDisk();
          },
        }),
    linkCut: async () => scene.cutLink(),
  };
  const names = Object.keys(kinds);
  const fired: Record<string, number> = Object.fromEntries(names.map((name) => [name, 0]));
  let isOver = false;
  const run = async (): Promise<void> => {
    for (let turn = 0; !isOver; turn++) {
      const dueMs = performance.now() + everyMs;
      const name = names[turn % names.length] as string;
      try {
        await kinds[name]?.();
        fired[name] = (fired[name] ?? 0) + 1;
      } catch (error) {
        say(`the fault ${name} could not be brought about: ${String(error)}`);
      }
      await pause(Math.max(dueMs - performance.now(), 0));
    }
  };
  const running = run();
  return {
    fired,
    haveAllFired: () => Object.values(fired).every((count) => count > 0),
    end: () => {
      isOver = true;
      return running;
    },
  };
}
