// A comparator's end of the link as a process, to be killed, stopped and left hanging; it writes down which request it was
// given with which answer. Usage: LINK_PATH LOG
import { appendFileSync } from 'node:fs';

import { createTapSource } from '../../src/io/sources/tap.ts';
import { silentLog, systemClock } from './tap-bench.ts';

const [linkPath, log] = process.argv.slice(2);
const maxLines = 200;
let lines: string[] = [];
const flush = (): void => {
  if (lines.length > 0) appendFileSync(log as string, lines.join(''));
  lines = [];
};
const source = createTapSource({ linkPath: linkPath as string, clock: systemClock, log: silentLog });
await source.start(({ request, answer }) => {
  lines.push(`${request.headers['x-seed'] ?? '-'} ${answer.headers['x-seed'] ?? '-'}\n`);
  if (lines.length >= maxLines) flush();
});
setInterval(flush, 50);
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
