// A process that does to pods what penumbra does, and then dies or hangs: a group of its own, and a command that undoes what was done.
import { createDeadMan } from '../../src/io/dead-man.ts';
import { startGroup } from '../../src/io/process-group.ts';

const [leaseMs = '30000', undone = ''] = process.argv.slice(2);
// One that starts another, as a shell does: the whole group must go.
const group = await startGroup(['sh', '-c', 'sleep 1000 & wait'], { env: process.env });
const own = createDeadMan({ leaseMs: Number(leaseMs) });
own.hold({ group: group.pid });
own.hold({ command: ['touch', undone] });
const over = own.hold({ command: ['touch', `${undone}.never`] });
over();
process.send?.({ group: group.pid, deadMan: own.pid() });
setInterval(() => {}, 1000);
