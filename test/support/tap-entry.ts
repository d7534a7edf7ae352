// The tap command as a process of its own, for tests that start, stop and kill one.
import { tapCommand } from '../../src/commands/tap.ts';

await tapCommand().parseAsync(process.argv.slice(2), { from: 'user' });
