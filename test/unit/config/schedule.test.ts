// `schedule` of an experiment: what it becomes, how it is written back, what contradicts it, and what people are told of it.

import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { plan } from '../../../src/commands/plan.ts';
import { validate } from '../../../src/commands/validate.ts';
import { effectiveText } from '../../../src/config/effective-text.ts';
import { checkConfigText } from '../../../src/config/load.ts';

const sound = `service: demo
production: {url: "http://127.0.0.1:8080", protocol: open-inference-v2, slo: {latency: 200ms}}
inputs: [{name: speed, at: "f[0]"}]
decisions: {late: {output: p, label: above 0.5}}
experiments:
  nightly:
    arms:
      control: {target: {url: "http://127.0.0.1:8081"}}
      zeroed: {target: {url: "http://127.0.0.1:8081"}, perturb: [{zero: speed}]}
    expect: {zeroed.late: {flip: at most 5%}}
    stopWhen: [production.p99 above 250ms]
    schedule: {at: "0 3 * * *", zone: Europe/Berlin, for: 20m}
`;

const check = (text: string) => checkConfigText(text, { env: {}, directory: '/' });
const changed = (was: string, is: string): string => sound.replace(was, is);

function fileOf(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'penumbra-schedule-')), 'penumbra.yaml');
  writeFileSync(file, text);
  return file;
}

describe('an experiment with a schedule', () => {
  it('starts by itself, and ends after the time it says', () => {
    const [experiment] = check(sound).config?.experiments ?? [];
    expect(experiment).toMatchObject({
      start: 'on-schedule',
      schedule: { at: '0 3 * * *', zone: 'Europe/Berlin' },
      maxTimeMs: 1_200_000,
      epochMs: null,
    });
  });

  it('is the same again from its effective form', () => {
    const { config } = check(sound);
    if (config === null) throw new Error('the config is not sound');
    const again = check(effectiveText(config));
    expect([again.errors, again.config?.experiments]).toEqual([[], config.experiments]);
  });

  it('goes by UTC unless it says a zone', () => {
    const [experiment] = check(changed(', zone: Europe/Berlin', '')).config?.experiments ?? [];
    expect(experiment?.schedule).toEqual({ at: '0 3 * * *', zone: 'UTC' });
  });

  // biome-ignore format: one case a line reads as the table it is
  it.each([
    ['"0 3 * * *"', '"0 25 * * *"', ['12:20: "0 25 * * *" is no cron line such as "0 3 * * *" (3 o\'clock every day): Invalid value for hour: 25']],
    ['"0 3 * * *"', '"0 3 31 2 *"', ['12:20: "0 3 31 2 *" is no cron line such as "0 3 * * *" (3 o\'clock every day): no day ever meets it']],
    ['Europe/Berlin', 'Europe/Berln', ['12:39: zone requires a time zone such as Europe/Berlin or UTC, got "Europe/Berln"']],
    [', for: 20m', '', ['12:5: experiments.nightly.schedule requires for: a run ends after this time, whatever it knows by then']],
    ['for: 20m', 'for: 5s', ['12:59: experiments.nightly.schedule.for requires more than bucket + joinDeadline: no bucket would close in time']],
    ['    stopWhen', '    epoch: 24h\n    stopWhen', ['11:5: experiments.nightly.epoch contradicts schedule: a continuous experiment goes on for ever and is never started anew']],
    ['    stopWhen', '    start: with serve\n    stopWhen', ['11:5: experiments.nightly.start contradicts schedule: a schedule says itself when a run starts']],
    ['    stopWhen', '    maxTime: 1h\n    stopWhen', ['11:5: experiments.nightly.maxTime contradicts schedule: say it once, as schedule.for']],
  ])('%s → %s is refused', (was, is, problems) => {
    const { errors } = check(changed(was, is));
    expect(errors.map(({ line, column, message }) => `${line}:${column}: ${message}`)).toEqual(problems);
  });

  it('says its next three starts, summer time over, and plan says when it starts', async () => {
    const file = fileOf(sound);
    const { report } = await validate(file, { effective: false, env: {}, nowMs: Date.parse('2026-10-23T12:00Z') });
    expect(report).toContain(
      'starts by itself and ends after 20m; next: Sat 2026-10-24 03:00 Europe/Berlin, Sun 2026-10-25 03:00 Europe/Berlin, Mon 2026-10-26 03:00 Europe/Berlin',
    );
    const planned = plan(file, { experiment: null, productionPerSecond: 70, env: {} });
    expect(planned.report).toContain('starts    by itself, "0 3 * * *" in Europe/Berlin');
  });
});
