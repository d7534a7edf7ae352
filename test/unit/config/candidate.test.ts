// Who may be a candidate at run start, and what becomes of the claims about it.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isMatch, withCandidate } from '../../../src/config/candidate.ts';
import type { EffectiveConfig } from '../../../src/config/effective.ts';
import { checkConfigText } from '../../../src/config/load.ts';
import type { Experiment } from '../../../src/model.ts';
import { soundConfig } from '../../support/bad-config.ts';

const directory = mkdtempSync(join(tmpdir(), 'penumbra-candidate-'));
writeFileSync(join(directory, 'v3.onnx'), 'not looked into');
const open = soundConfig
  .replace('candidate: {target: {url: http://127.0.0.1:8082}}', 'candidate:')
  .replace('    gate:', '    candidates: ["http://127.0.0.1:*", "https://*.models.internal/v2", "*.onnx"]\n    gate:');

function load(text: string): { config: EffectiveConfig; experiment: Experiment } {
  const { config, errors } = checkConfigText(text, { env: {}, directory });
  expect(errors).toEqual([]);
  return { config: config as EffectiveConfig, experiment: config?.experiments[0] as Experiment };
}

describe('a candidate named at run start', () => {
  const { config, experiment } = load(open);
  const name = (given: string): Experiment => withCandidate(experiment, given, config);

  it('is not started by serve, and compared with control until it is known', () => {
    expect(experiment.start).toBe('on-request');
    expect(experiment.hypotheses).toContainEqual(
      expect.objectContaining({ id: 'candidate.error', against: 'control' }),
    );
  });

  it('a URL that matches becomes the target', () => {
    const named = name('http://127.0.0.1:8090/');
    expect(named.arms[1]?.target).toEqual({ type: 'http', url: 'http://127.0.0.1:8090', headers: {}, version: null });
    expect(named.hypotheses).toEqual(experiment.hypotheses);
  });

  it('a file that matches is known by its digest, and its errors by a limit of their own', () => {
    const named = name(join(directory, 'v3.onnx'));
    expect(named.arms[1]?.target).toMatchObject({ type: 'onnx', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(named.hypotheses).toContainEqual(
      expect.objectContaining({ id: 'candidate.error', against: 'limit', automatic: true }),
    );
  });

  it.each([
    ['another host', 'http://10.0.0.1:8090'],
    ['a path that was not allowed', 'http://127.0.0.1:8090/other'],
    ['a host hidden behind a user', 'http://127.0.0.1:8090@evil.example'],
    ['a host hidden before a query', 'https://evil.example?.models.internal/v2'],
    ['a host hidden before a backslash', 'https://evil.example\\.models.internal/v2'],
    ['production itself', 'http://127.0.0.1:8080'],
    ['the tap', 'http://127.0.0.1:9000'],
    ['another protocol', 'ftp://127.0.0.1:8090'],
    ['another folder', '/etc/passwd.onnx'],
  ])('%s is refused', (_, given) => {
    expect(() => name(given)).toThrow(expect.objectContaining({ code: 'CANDIDATE_NOT_ALLOWED' }));
  });

  it('an explicit comparison of errors does not survive a candidate in process', () => {
    const compared = load(
      open.replace('slow.late: {', 'candidate: {error: no more than control + 1%}\n      slow.late: {'),
    );
    expect(() => withCandidate(compared.experiment, join(directory, 'v3.onnx'), compared.config)).toThrow(
      /candidate.error cannot be judged with this candidate/,
    );
  });

  it('an experiment that lists nobody allows nobody', () => {
    const closed = load(soundConfig);
    expect(() => withCandidate(closed.experiment, 'http://127.0.0.1:8090', closed.config)).toThrow(/allows: none/);
  });

  it('a star stops at a slash', () => {
    expect([
      isMatch('/m/a.onnx', '/m/*.onnx'),
      isMatch('/m/x/a.onnx', '/m/*.onnx'),
      isMatch('/m/aXonnx', '/m/*.onnx'),
    ]).toEqual([true, false, false]);
  });
});
