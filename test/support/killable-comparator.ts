// A whole comparator in a process of its own, for a test that kills it: it makes its own traffic and prints the id of every
// exchange once its bucket is committed. Usage: killable-comparator DATABASE PREFIX
import { writeSync } from 'node:fs';
import type { FastifyBaseLogger } from 'fastify';
import { createApp } from '../../src/app.ts';
import { systemClock } from '../../src/io/clock.ts';
import { configForTest, exchangeOf } from './comparator.ts';
import { createScriptedTarget } from './scripted-target.ts';

const [path, prefix] = process.argv.slice(2);
if (path === undefined || prefix === undefined) throw new Error('requires a database and a prefix');

const quiet = (): void => {};
const error = (fields: object, message: string): void => {
  process.stderr.write(`${message} ${JSON.stringify(fields)}\n`);
};
const app = createApp({
  config: configForTest(
    {
      arms: { control: '', candidate: '' },
      expect: { 'candidate.late': 'flip: at most 50%, required: false' },
      deadline: '50ms',
      top: { bucket: '100ms', joinDeadline: '150ms' },
    },
    path,
  ),
  clock: systemClock,
  log: { debug: quiet, info: quiet, warn: quiet, error } as unknown as FastifyBaseLogger,
  env: {},
  version: 'test',
  sources: [],
  openTarget: async () => createScriptedTarget({ clock: systemClock, asked: [], answers: () => ({ score: 0.9 }) }),
});
await app.start();
let sent = 0;
setInterval(() => {
  for (let n = 0; n < 10; n++) {
    sent += 1;
    // Every tenth id is one that an earlier process may have used already.
    const id = sent % 10 === 0 ? `shared-${(sent * 7) % 500}` : `${prefix}-${sent}`;
    const { committed, fates } = app.comparator.submit(
      exchangeOf({ id }, { arrivedAt: systemClock.nowMs(), feature: sent + Math.random() }),
    );
    void committed.then(() => {
      if (Object.values(fates())[0] === 'admitted') writeSync(1, `${id}\n`);
    });
  }
}, 5);
