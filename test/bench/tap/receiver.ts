// A comparator as the tap sees one: takes the copies and, when there is a shadow, asks it what production was asked, with a
// bound on what is in flight and a deadline. Usage: LINK_PATH [SHADOW_PORT]. Answers any message with what it has seen.
import { Pool } from 'undici';
import { createTapSource } from '../../../src/io/sources/tap.ts';
import { silentLog, systemClock } from '../../support/tap-bench.ts';

const [linkPath, shadowPort] = process.argv.slice(2);
const shadow = shadowPort === undefined ? null : new Pool(`http://127.0.0.1:${shadowPort}`, { connections: 32 });
const mostInFlight = 32;
const deadlineMs = 500;
const seen = { received: 0, asked: 0, answered: 0, failed: 0 };
let inFlight = 0;

const source = createTapSource({ linkPath: linkPath as string, clock: systemClock, log: silentLog });
await source.start(({ request }) => {
  seen.received++;
  if (shadow === null || inFlight >= mostInFlight) return;
  inFlight++;
  seen.asked++;
  shadow
    .request({
      method: 'POST',
      path: request.path,
      headers: { 'content-type': 'application/json', 'x-shadow': '1' },
      body: Buffer.from(request.body),
      headersTimeout: deadlineMs,
      bodyTimeout: deadlineMs,
    })
    .then(({ body }) => body.dump())
    .then(() => seen.answered++)
    .catch(() => seen.failed++)
    .finally(() => {
      inFlight--;
    });
});
process.on('message', () => process.send?.({ ...seen, losses: source.losses(), taps: source.taps() }));
process.send?.({ type: 'listening' });
