// Who a run may be about. Which addresses a pattern admits is the config's affair, and tested there.
import { describe, expect, it } from 'vitest';
import { candidateProblems, definitionFor, resolveStart } from '../../../src/app/candidates.ts';
import type { Experiment, Run } from '../../../src/model.ts';
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

describe('a finished run speaks for the candidate it was about', () => {
  const named = { target: null, digest: null, ref: null };
  const runOf = (definition: Experiment): Run => ({
    id: 'r1',
    experiment: 'trial',
    definition,
    policyHash: 'p',
    candidate: named,
    state: 'COMPLETED',
    startedAt: 0,
    scoringSince: 0,
    endedAt: 1,
    endReason: 'decided',
  });
  const elsewhere: Experiment = {
    ...declared,
    arms: declared.arms.map((arm) =>
      arm.role === 'candidate'
        ? { ...arm, target: { type: 'http', url: 'http://v3', headers: {}, version: null } }
        : arm,
    ),
  };

  it('and for nobody else when the config names another one now', () => {
    expect(candidateProblems(config, runOf(structuredClone(declared)))).toEqual([]);
    expect(candidateProblems(config, runOf(elsewhere))).toEqual([expect.stringContaining('another candidate')]);
  });

  it('also when it was named at its start', () => {
    const started: Run = { ...runOf(elsewhere), candidate: { ...named, target: 'http://v3' } };
    expect(candidateProblems(config, started)).toEqual([]);
  });

  it('and for nobody when its experiment is gone', () => {
    expect(candidateProblems({ ...config, experiments: [] }, runOf(declared))).toEqual([
      expect.stringContaining('no longer has'),
    ]);
  });
});
