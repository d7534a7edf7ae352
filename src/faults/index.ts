// Every fault by its name in a config (`faults: [{delay: 300ms}]`). A new fault is one file and one line here.
// To come: process faults.
import { abort } from './abort.ts';
import { delay } from './delay.ts';
import { dependency } from './dependency.ts';
import { garble } from './garble.ts';
import { hang } from './hang.ts';
import { loseRows } from './lose-rows.ts';
import { truncate } from './truncate.ts';

export type { Fault, FaultContext } from './fault.ts';

export const faults = [delay, abort, hang, truncate, garble, loseRows, dependency] as const;
