// Every fault by its name in a config (`faults: [{delay: 300ms}]`). A new fault is one file and one line here.
import { abort } from './abort.ts';
import { coldStart } from './cold-start.ts';
import { delay } from './delay.ts';
import { dependency } from './dependency.ts';
import { garble } from './garble.ts';
import { hang } from './hang.ts';
import { kill } from './kill.ts';
import { loseRows } from './lose-rows.ts';
import { oom } from './oom.ts';
import { pause } from './pause.ts';
import { swap } from './swap.ts';
import { truncate } from './truncate.ts';

export type { Fault, FaultContext } from './fault.ts';

export const faults = [
  delay,
  abort,
  hang,
  truncate,
  garble,
  loseRows,
  swap,
  dependency,
  kill,
  oom,
  pause,
  coldStart,
] as const;
