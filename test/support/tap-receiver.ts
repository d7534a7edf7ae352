// A comparator's end of the link as a process, to be killed, stopped and left hanging. Usage: LINK_PATH
import { silentLog, systemClock } from './tap-bench.ts';
import { createTapSource } from '../../src/io/sources/tap.ts';

const [linkPath] = process.argv.slice(2);
let received = 0;
const source = createTapSource({ linkPath: linkPath as string, clock: systemClock, log: silentLog });
await source.start(() => {
  received++;
});
process.on('message', () => process.send?.({ received, taps: source.taps() }));
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
