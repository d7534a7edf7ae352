// Runs one of penumbra's server commands as a process of its own: `node --import tsx run-command.ts pod --model …`.
import { featureStoreCommand } from '../../src/commands/feature-store.ts';
import { podCommand } from '../../src/commands/pod.ts';

const [name, ...rest] = process.argv.slice(2);
const command = [podCommand(), featureStoreCommand()].find((known) => known.name() === name);
if (!command) throw new Error(`run-command requires pod or feature-store, not "${name}"`);
await command.parseAsync(rest, { from: 'user' });
