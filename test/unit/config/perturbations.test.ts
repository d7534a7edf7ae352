// Every perturbation as people write it, what it becomes, and that its printed form is read as the same again.
import { describe, expect, it } from 'vitest';
import { effectiveText } from '../../../src/config/effective-text.ts';
import { checkConfigText } from '../../../src/config/load.ts';
import { perturbations } from '../../../src/core/perturb/index.ts';
import type { KindUse } from '../../../src/model.ts';
import { soundConfig } from '../../support/bad-config.ts';

const inputs = `
  - {name: speed, at: "f[0]", range: [0, 200], default: 1, spread: 20, group: motion}
  - {name: height, at: "f[1]", range: [0, 5000]}
  - {name: kind, type: string}
  - {name: taste, group: embeddings}`;

const written: readonly (readonly [line: string, type: string, options: Record<string, unknown>])[] = [
  ['{drop: [speed, kind]}', 'drop', { features: ['speed', 'kind'] }],
  ['{zero: [group motion, height], share: 20%}', 'zero', { features: ['group motion', 'height'], share: 0.2 }],
  ['{default: speed}', 'default', {}],
  ['{noise: speed, ofSpread: 1.5}', 'noise', { ofSpread: 1.5, distribution: 'gaussian' }],
  ['{scale: speed, by: 3.6}', 'scale', { by: 3.6 }],
  ['{shift: speed, by: -273.15}', 'shift', { by: -273.15 }],
  ['{null: speed}', 'null', { as: 'NaN' }],
  ['{null: speed, as: JSON null}', 'null', { as: 'JSON null' }],
  ['{clip: speed, to: [0, 60]}', 'clip', { to: [0, 60] }],
  ['{clip: speed}', 'clip', {}],
  ['{outOfDomain: speed, side: below, factor: 0.5}', 'outOfDomain', { side: 'below', factor: 0.5 }],
  ['{outOfDomain: kind, category: zeppelin}', 'outOfDomain', { category: 'zeppelin' }],
  ['{quantize: speed, levels: 16}', 'quantize', { levels: 16 }],
  ['{drift: speed, shift: 10, over: 10m}', 'drift', { shift: 10, overMs: 600_000, shape: 'ramp' }],
  [
    '{drift: kind, category: zeppelin, mix: 30%, shape: step, over: 1h, start: 2026-03-01T09:00:00Z}',
    'drift',
    { mix: 0.3, start: '2026-03-01T09:00:00Z' },
  ],
  ['{stale: speed, key: kind, age: 10m}', 'stale', { key: 'kind', ageMs: 600_000 }],
  ['{stale: speed, requests: 3}', 'stale', { requests: 3 }],
  ['{skew: [speed, height], requests: 3}', 'skew', { features: ['speed', 'height'], requests: 3 }],
  ['{permute: "*", pool: 100}', 'permute', { features: ['*'], pool: 100 }],
  ['{swap: [speed, height]}', 'swap', { features: ['speed', 'height'] }],
  ['{rotate: taste, degrees: 15}', 'rotate', { degrees: 15 }],
];

const faultArm = 'slow: {target: {url: http://127.0.0.1:8083}, faults: [{delay: 300ms, share: 10%}]}';

function load(text: string) {
  const { config, errors } = checkConfigText(text, { env: {}, directory: '/etc/penumbra' });
  expect(errors).toEqual([]);
  if (config === null) throw new Error('the config was refused');
  return config;
}

const withPerturbation = (line: string): string =>
  soundConfig
    .replace(/inputs: .*/, `inputs:${inputs}`)
    .replace(', relation: loud', '')
    .replace(faultArm, `slow: {target: {url: http://127.0.0.1:8083}, perturb: [${line}]}`);

function usesIn(text: string): readonly KindUse[] {
  return load(text).experiments[0]?.arms.find(({ name }) => name === 'slow')?.perturbations ?? [];
}

describe('a perturbation in a config', () => {
  it.each(written)('%s', (line, type, options) => {
    const [use] = usesIn(withPerturbation(line));
    expect(use).toMatchObject({ type, options });
  });

  it.each(written.filter(([line]) => !/group|ofSpread/.test(line)))(
    '%s is printed so that it is read again',
    (line) => {
      const config = load(withPerturbation(line));
      expect(usesIn(effectiveText(config))).toEqual(usesIn(withPerturbation(line)));
    },
  );

  it('is written here in every kind but the one that needs a file', () => {
    const types = new Set(written.map(([, type]) => type));
    expect(perturbations.map(({ name }) => name).filter((name) => !types.has(name))).toEqual(['outdated']);
  });
});
