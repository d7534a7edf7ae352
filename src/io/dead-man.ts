// Ends what penumbra started, and undoes what it did to others, should it die without a word (SIGKILL) or hang. A small process of its own
// listens to a pipe: when the pipe closes, or nothing was heard for the lease, it does what it was told to do then. It is told before anything
// is done, and told again when that is over.
import { type ChildProcess, spawn } from 'node:child_process';

/** What is done then: a process group is killed, or a command is run, without a shell. */
export type LastAct = { readonly group: number } | { readonly command: readonly string[] };

export interface DeadMan {
  /** Holds this act ready until the returned function is called. Best effort: a machine that starts no process for it is not stopped by that. */
  hold(act: LastAct): () => void;
  /** Null while nothing was held yet. */
  pid(): number | null;
}

const program = `
  const { spawn } = require('node:child_process');
  const held = new Map();
  let rest = '';
  let timer;
  const act = () => {
    for (const { group, command } of held.values()) {
      try {
        if (group !== undefined) process.kill(-group, 'SIGKILL');
        else spawn(command[0], command.slice(1), { stdio: 'ignore', detached: true }).on('error', () => {}).unref();
      } catch {}
    }
    held.clear();
  };
  const wind = () => {
    clearTimeout(timer);
    timer = setTimeout(act, Number(process.argv[1]));
  };
  process.stdin.setEncoding('utf8').on('data', (text) => {
    wind();
    const lines = (rest + text).split('\\n');
    rest = lines.pop();
    for (const line of lines) {
      if (line === '') continue;
      const { id, act } = JSON.parse(line);
      if (act === null) held.delete(id);
      else held.set(id, act);
    }
  });
  process.stdin.on('end', () => {
    clearTimeout(timer);
    act();
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
  wind();
`;

/** A penumbra that is not heard of for this long is as good as dead. */
const standardLeaseMs = 30_000;

export function createDeadMan({ leaseMs = standardLeaseMs }: { readonly leaseMs?: number } = {}): DeadMan {
  const held = new Map<number, LastAct>();
  let nextId = 0;
  let child: ChildProcess | null = null;
  const tell = (text: string): void => void child?.stdin?.write(text);
  const lineOf = (id: number, act: LastAct | null): string => `${JSON.stringify({ id, act })}\n`;
  const open = (): void => {
    // Detached: what a terminal sends to penumbra's group is not meant for it.
    const started = spawn(process.execPath, ['-e', program, '--', String(leaseMs)], {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    });
    child = started;
    started.on('error', () => {});
    started.stdin?.on('error', () => {});
    started.on('exit', () => {
      if (child === started) child = null;
    });
    // Neither it nor its beat keeps penumbra alive.
    started.unref();
    (started.stdin as unknown as { unref?: () => void } | null)?.unref?.();
    for (const [id, act] of held) tell(lineOf(id, act));
  };
  const beat = (): void => {
    if (child === null && held.size > 0) open();
    else tell('\n');
  };
  let isBeating = false;
  return {
    pid: () => child?.pid ?? null,
    hold: (act) => {
      const id = nextId++;
      held.set(id, act);
      if (!isBeating) setInterval(beat, leaseMs / 6).unref();
      isBeating = true;
      if (child === null) open();
      else tell(lineOf(id, act));
      return () => {
        if (held.delete(id)) tell(lineOf(id, null));
      };
    },
  };
}

/** Penumbra's own. */
export const deadMan = createDeadMan();
