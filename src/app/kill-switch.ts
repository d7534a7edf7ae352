// The kill switch: one act stops every byte that penumbra originates. Engaged by API, signal or file; kept in a file beside the store, so
// that it survives a restart; in force at once in memory, whatever the disk or the database are doing.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { messageOf } from '../errors.ts';
import type { Clock, Log } from '../io/ports.ts';
import type { KillState } from '../model.ts';

export interface KillSwitch {
  /** Null while it is not engaged. */
  state(): KillState | null;
  /** Engaging twice keeps the first reason. */
  engage(why: Pick<KillState, 'reason' | 'by'>): KillState;
  release(reason: string): void;
  /** Looks whether somebody made or removed the file; call it a few times a second. */
  poll(): void;
}

export interface KillSwitchOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Called once per engagement, after the switch is in force; must not throw. */
  readonly onEngage: (state: KillState) => void;
  readonly onRelease: () => void;
}

export function createKillSwitch(options: KillSwitchOptions): KillSwitch {
  const { file, clock, log, onEngage, onRelease } = options;
  let state: KillState | null = existsSync(file) ? stateIn(file, clock.nowMs()) : null;
  // A file that could not be written must not read as "somebody removed it".
  let isOnDisk = state !== null;
  const engage = (why: Pick<KillState, 'reason' | 'by'>): KillState => {
    if (state !== null) return state;
    state = { engagedAt: clock.nowMs(), ...why };
    onEngage(state);
    isOnDisk = existsSync(file) || tryTo(() => writeFileSync(file, `${JSON.stringify(state)}\n`), { log, file });
    log.warn({ ...state }, 'the kill switch is engaged: nothing is sent any more');
    return state;
  };
  const release = (reason: string): void => {
    if (state === null) return;
    tryTo(() => rmSync(file, { force: true }), { log, file });
    state = null;
    isOnDisk = false;
    onRelease();
    log.warn({ reason }, 'the kill switch is released; runs that it ended stay ended');
  };
  return {
    state: () => state,
    engage,
    release,
    poll: () => {
      const isThere = existsSync(file);
      if (isThere && state === null) engage(stateIn(file, clock.nowMs()));
      else if (!isThere && state !== null && isOnDisk) release(`the file ${file} was removed`);
      else if (isThere) isOnDisk = true;
    },
  };
}

/** Whatever the file holds, that it is there is what counts. */
function stateIn(file: string, nowMs: number): KillState {
  const made: KillState = { engagedAt: nowMs, reason: `the file ${file} is there`, by: 'file' };
  try {
    const written = JSON.parse(readFileSync(file, 'utf8')) as Partial<KillState> | null;
    return typeof written?.reason === 'string' && typeof written.engagedAt === 'number'
      ? { engagedAt: written.engagedAt, reason: written.reason, by: written.by ?? 'file' }
      : made;
  } catch {
    return made;
  }
}

function tryTo(act: () => void, { log, file }: { log: Log; file: string }): boolean {
  try {
    act();
    return true;
  } catch (thrown) {
    log.error(
      { file, problem: messageOf(thrown) },
      'the kill switch could not be written down; it is in force all the same',
    );
    return false;
  }
}
