// What the gate keeps, written to a file and read again by another process's connection.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createSqliteStore } from '../../../../src/io/store/sqlite-store.ts';
import type { GateOverride, HeldDeployment } from '../../../../src/io/store-port.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';

const newPath = () => join(mkdtempSync(join(tmpdir(), 'penumbra-gate-store-')), 'penumbra.db');
const open = (path: string) => createSqliteStore({ path, clock: createFakeClock(), sinks: [], maxSamplesPerArm: 1 });
const held: HeldDeployment = {
  id: 'callback production',
  environment: 'production',
  experiment: 'release',
  commit: null,
  callbackUrl: 'https://api.github.test/callback',
  installation: 7,
  askedAt: 1,
  until: 2,
  attempts: 0,
  settled: null,
};
const override: GateOverride = {
  id: 'o',
  run: 'r',
  experiment: 'release',
  candidate: null,
  verdict: 'FAIL',
  by: 'ann',
  reason: 'x',
  ticket: 'T-1',
  at: 5,
  until: 10,
};

it('a held deployment is there after a restart, as it was last saved, until it is settled', () => {
  const path = newPath();
  const first = open(path);
  first.saveDeployment(held);
  first.saveDeployment({ ...held, id: 'other' });
  first.saveDeployment({ ...held, attempts: 1 });
  first.close();
  const second = open(path);
  expect(second.heldDeployments()).toEqual([
    { ...held, attempts: 1 },
    { ...held, id: 'other' },
  ]);
  const settled = { ...held, settled: { at: 3, state: 'approved', comment: '' } };
  second.saveDeployment(settled);
  expect(second.heldDeployments()).toEqual([{ ...held, id: 'other' }]);
  expect(second.deployment(held.id)).toEqual(settled);
  expect(second.deployment('never asked')).toBeNull();
  second.close();
});

it('an override is there after a restart, in force until its time, and kept for ever', () => {
  const path = newPath();
  const first = open(path);
  first.saveOverride(override);
  first.close();
  const second = open(path);
  expect([second.overridesInForce(9), second.overridesInForce(10)]).toEqual([[override], []]);
  expect([second.overrides('r'), second.overrides('another')]).toEqual([[override], []]);
  second.close();
});
