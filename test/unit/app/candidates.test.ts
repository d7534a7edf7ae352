// Who a run may be about. Which addresses a pattern admits is the config's affair, and tested there.
import { describe, expect, it } from 'vitest';
import { definitionFor, resolveStart } from '../../../src/app/candidates.ts';
import { configForTest } from '../../support/comparator.ts';

const config = configForTest(
  {
    arms: { control: '', candidate: '' },
    expect: { 'candidate.late': 'flip: at most 5%' },
    settings: { candidates: '["http://127.0.0.1:*"]' },
  },
  '/tmp/unused.db',
);
const [declared] = config.experiments;
if (declared === undefined) throw new Error('the config has no experiment');

describe('starting a run', () => {
  it('without a candidate takes the one of the config', () => {
    const { experiment, candidate } = resolveStart(config, { experiment: 'trial', ref: 'abc' });
    expect(experiment).toBe(declared);
    expect(candidate).toEqual({ target: null, digest: null, ref: 'abc' });
  });

  it('with one puts it in the candidate’s place and nowhere else', () => {
    const { experiment } = resolveStart(config, { experiment: 'trial', candidate: 'http://127.0.0.1:4711' });
    expect(experiment.arms.find(({ role }) => role === 'candidate')?.target).toMatchObject({
      url: 'http://127.0.0.1:4711',
    });
    expect(experiment.arms.find(({ role }) => role === 'control')).toEqual(declared.arms[0]);
  });

  it('refuses an unknown experiment with the known ones, and a candidate that nobody allowed', () => {
    expect(() => resolveStart(config, { experiment: 'trail' })).toThrow(/no experiment "trail"; declared: trial/);
    expect(() => resolveStart(config, { experiment: 'trial', candidate: 'http://evil.example' })).toThrow(
      /matches none/,
    );
  });

  it('is the same definition when the run is resumed', () => {
    const start = { experiment: 'trial', candidate: 'http://127.0.0.1:4711' };
    const { experiment, candidate } = resolveStart(config, start);
    expect(definitionFor(config, declared, candidate)).toEqual(experiment);
  });
});
