// Every control of the blast radius, as counted by fake shadows: traffic beyond it, a restart in the middle of the run, and a clock that is set
// forward or back. What was sent is judged by time as it passes, whatever the comparator's clock said meanwhile.
import { afterEach, describe, expect, it } from 'vitest';
import { shadowHeader, shadowIdPrefix } from '../../src/core/own-calls.ts';
import { hashFraction, keyOf } from '../../src/core/random.ts';

import { createComparatorForTest, type TestComparator, type TestComparatorOptions } from '../support/comparator.ts';
import { roundMs } from '../support/fake-clock.ts';

interface Sent {
  /** Since the start of the test, over restarts. */
  readonly passedMs: number;
  readonly wallMs: number;
  readonly bytes: number;
  readonly id: string;
  readonly arm: string;
  /** How often the comparator was restarted before, and when it was last. */
  readonly lives: number;
  readonly bornMs: number;
}

interface Control {
  readonly settings?: Readonly<Record<string, string>>;
  readonly top?: Readonly<Record<string, string>>;
  /** How long arms take to answer. */
  readonly answerMs?: number;
  /** Of every second request. */
  readonly largeBytes?: number;
  readonly seconds?: number;
  /** How far the clock is set. */
  readonly jumpMs?: number;
  /** Requests that should not have been sent. */
  readonly violations: (sent: readonly Sent[]) => number;
  /** So many are sent at least when nothing happens: a control that lets nothing through shows nothing. */
  readonly atLeast: number;
}

const arms = ['control', 'candidate'];
const perArm = (count: (sent: readonly Sent[]) => number) => (sent: readonly Sent[]) =>
  Math.max(...arms.map((arm) => count(sent.filter((one) => one.arm === arm))));

/** The most that any stretch of time holds beyond rate × time and one second's worth. */
function overRate(sent: readonly Sent[], { perSecond, of }: { perSecond: number; of: (one: Sent) => number }): number {
  let worst = 0;
  for (const [index, first] of sent.entries()) {
    let amount = 0;
    for (const one of sent.slice(index)) {
      amount += of(one);
      worst = Math.max(worst, amount - (perSecond * (one.passedMs - first.passedMs)) / 1000 - perSecond);
    }
  }
  return Math.floor(worst + 1e-6);
}

const beyond = (limit: number, of: (one: Sent) => number) => (sent: readonly Sent[]) =>
  Math.max(0, sent.reduce((sum, one) => sum + of(one), 0) - limit);
const one = () => 1;
const bytes = ({ bytes: size }: Sent) => size;
const budget = (text: string) => ({ budget: `{${text}}` });
const wide = 'requests: 10000 per second, inFlight: 10000';
const day = 86_400_000;

const placeOf = (id: string): number => hashFraction(keyOf('1:share'), id);
const windowMs = { from: roundMs, until: roundMs + 60_000 };

const controls: Readonly<Record<string, Control>> = {
  'requests per second': {
    settings: budget('requests: 5 per second, inFlight: 10000'),
    violations: perArm((sent) => overRate(sent, { perSecond: 5, of: one })),
    atLeast: 80,
  },
  'bytes per second': {
    settings: budget(`${wide}, bytes: 8KiB per second, body: 8KiB`),
    violations: perArm((sent) => overRate(sent, { perSecond: 8192, of: bytes })),
    largeBytes: 2000,
    atLeast: 60,
  },
  'the size of a body': {
    settings: budget(`${wide}, body: 1KiB`),
    violations: (sent) => sent.filter((call) => call.bytes > 1024).length,
    largeBytes: 3000,
    atLeast: 200,
  },
  'requests open at a time': {
    settings: budget('requests: 10000 per second, inFlight: 3'),
    answerMs: 900,
    violations: perArm((sent) => {
      const open = ({ passedMs, lives }: Sent) =>
        sent.filter((call) => call.lives === lives && call.passedMs <= passedMs && call.passedMs > passedMs - 900)
          .length;
      return Math.max(0, ...sent.map((call) => open(call) - 3));
    }),
    atLeast: 60,
  },
  'requests in a run': {
    settings: budget(`${wide}, total: 40`),
    violations: perArm(beyond(40, one)),
    atLeast: 80,
  },
  'requests in a day': {
    settings: { ...budget(`${wide}, perDay: 40`), maxTime: '20d' },
    jumpMs: 1.5 * day,
    violations: perArm(beyond(40, one)),
    atLeast: 80,
  },
  'bytes in a day': {
    settings: { ...budget(`${wide}, bytesPerDay: 40KiB`), maxTime: '20d' },
    jumpMs: 1.5 * day,
    largeBytes: 2000,
    violations: perArm(beyond(40 * 1024, bytes)),
    atLeast: 40,
  },
  'a share that rises': {
    settings: {
      ...budget(wide),
      ramp: '{steps: [10%, 50%], hold: 19s}',
      stopWhen: '[{when: production.p99 above 100ms, window: 5s}]',
    },
    seconds: 30,
    jumpMs: 24_000,
    violations: (sent) =>
      sent.filter(({ id, passedMs, bornMs }) => placeOf(id) >= (passedMs - bornMs < 19_000 ? 0.1 : 0.5)).length,
    atLeast: 300,
  },
  'times of the week': {
    settings: { ...budget(wide), allowedTimes: '[Tue 23:00-23:01 UTC]' },
    seconds: 90,
    jumpMs: 120_000,
    violations: (sent) => sent.filter(({ wallMs }) => wallMs < windowMs.from || wallMs >= windowMs.until).length,
    atLeast: 1000,
  },
  'requests per second to all arms': {
    settings: budget(wide),
    top: { blastRadius: '{requests: 6 per second}' },
    violations: (sent) => overRate(sent, { perSecond: 6, of: one }),
    atLeast: 60,
  },
  'requests in a day to all arms': {
    settings: { ...budget(wide), maxTime: '20d' },
    top: { blastRadius: '{perDay: 40}' },
    jumpMs: 1.5 * day,
    violations: beyond(40, one),
    atLeast: 40,
  },
};

const events = ['nothing else', 'a restart', 'a clock set forward', 'a clock set back'] as const;

const running: TestComparator[] = [];
afterEach(async () => {
  for (const comparator of running.splice(0)) await comparator.stop();
});

interface Played {
  readonly sent: readonly Sent[];
  readonly delivered: number;
}

/** Thirty requests a second in bursts; the event in the middle. */
async function play(control: Control, event: (typeof events)[number]): Promise<Played> {
  const { settings, top, answerMs = 10, largeBytes = 0, seconds = 20, jumpMs = 3_600_000 } = control;
  const sent: Sent[] = [];
  let passedMs = 0;
  let life = { lives: 0, bornMs: 0 };
  const answer = () => ({ score: 0.9, afterMs: answerMs });
  const onCall: TestComparatorOptions['onCall'] = ({ message, headers }) =>
    void sent.push({
      passedMs,
      wallMs: comparator.clock.nowMs(),
      bytes: message.body.length,
      id: String(headers['x-request-id']).slice(shadowIdPrefix.length),
      arm: String(headers[shadowHeader]).split('/').at(-1) ?? '',
      ...life,
    });
  let comparator = await createComparatorForTest({
    arms: { control: '', candidate: '' },
    expect: { 'candidate.late': 'flip: at most 50%, required: false' },
    settings: { maxTime: '2h', ...settings },
    ...(top === undefined ? {} : { top }),
    answers: { control: answer, candidate: answer },
    onCall,
  });
  running.push(comparator);
  const stepMs = 500;
  let delivered = 0;
  for (let step = 0; step < (seconds * 1000) / stepMs; step++) {
    if (step === (seconds * 1000) / stepMs / 2) {
      if (event === 'a restart') {
        comparator = await comparator.crash();
        running.splice(0, running.length, comparator);
        life = { lives: life.lives + 1, bornMs: passedMs };
      }
      if (event === 'a clock set forward') comparator.clock.setWall(jumpMs);
      if (event === 'a clock set back') comparator.clock.setWall(-jumpMs);
    }
    for (let n = 0; n < 15; n++) {
      comparator.deliver({ id: `${step}-${n}`, bytes: n % 2 === 1 ? largeBytes : 0 });
      delivered += 1;
    }
    await comparator.clock.advance(stepMs);
    passedMs += stepMs;
  }
  return { sent, delivered };
}

describe.each(Object.entries(controls))('%s', (_, control) => {
  it.each(events)('hold with %s', async (event) => {
    const { sent, delivered } = await play(control, event);
    expect(sent.every(({ arm }) => arms.includes(arm))).toBe(true);
    expect(control.violations(sent)).toBe(0);
    expect(sent.length).toBeLessThan(2 * delivered);
    expect(sent.length).toBeGreaterThanOrEqual(event === 'nothing else' ? control.atLeast : 1);
  });
});
