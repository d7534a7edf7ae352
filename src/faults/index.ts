// Every fault by its name in a config (`faults: [{delay: 300ms}]`). A new fault is one file and one line here.
// To come: abort, hang, truncate, garble; process faults; the dependency fault proxy.
import { delay } from './delay.ts';
import { dependency } from './dependency.ts';

export type { Fault, FaultContext } from './fault.ts';

export const faults = [delay, dependency] as const;
