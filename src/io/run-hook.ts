// Runs a command hook: a program without a shell, with a time limit, ended with everything it started when the run ends.
import { messageOf, PenumbraError } from '../errors.ts';
import { createLogLines } from './log-lines.ts';
import { startGroup } from './process-group.ts';

export interface HookOptions {
  readonly command: readonly string[];
  /** Null: it is not to be cut short. */
  readonly abort: AbortSignal | null;
  readonly limitMs?: number;
}

export const hookLimitMs = 30_000;

/** @throws PenumbraError HOOK_FAILED */
export async function runHook(name: string, { command, abort, limitMs = hookLimitMs }: HookOptions): Promise<void> {
  const shown = `the hook ${name} (${command.join(' ')})`;
  const group = await startGroup(command, { env: process.env }).catch((thrown: unknown) => {
    throw new PenumbraError('HOOK_FAILED', `${shown} could not be started: ${messageOf(thrown)}`);
  });
  const lines = createLogLines(() => {});
  for (const stream of [group.child.stdout, group.child.stderr]) if (stream !== null) lines.take(stream);
  let isLate = false;
  const end = (): void => group.signal('SIGKILL');
  const timer = setTimeout(() => {
    isLate = true;
    end();
  }, limitMs);
  abort?.addEventListener('abort', end, { once: true });
  if (abort?.aborted) end();
  const how = await group.ended;
  clearTimeout(timer);
  abort?.removeEventListener('abort', end);
  if (how === 'exit code 0') return;
  const words = lines.lastWords();
  const why = isLate ? `took longer than ${limitMs / 1000} s` : `ended with ${how}`;
  throw new PenumbraError('HOOK_FAILED', `${shown} ${why}${words === '' ? '' : `: ${words}`}`);
}
