// Runs `validate` or `plan` as a process of its own: `node --import tsx run-config-command.ts validate FILE`.
import { planCommand } from '../../src/commands/plan.ts';
import { validateCommand } from '../../src/commands/validate.ts';

const [name, ...rest] = process.argv.slice(2);
const command = [validateCommand(), planCommand()].find((known) => known.name() === name);
if (!command) throw new Error(`run-config-command requires validate or plan, not "${name}"`);
await command.parseAsync(rest, { from: 'user' });
