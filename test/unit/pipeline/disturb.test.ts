// What is done to arms from outside begins once, ends with the run however it ends, and says when it cannot be upheld.
import { describe, expect, it } from 'vitest';
import type { Disturbance } from '../../../src/io/ports.ts';
import { createDisturbances, disturbanceProblem } from '../../../src/pipeline/disturb.ts';
import { endRun } from '../../../src/pipeline/end-run.ts';
import { noChanges, type RunContext } from '../../../src/pipeline/run-context.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };

function scripted({ begins = async () => {} }: { begins?: () => Promise<void> } = {}) {
  const did: string[] = [];
  const one: Disturbance & { trouble: string | null } = {
    name: 'the fault',
    trouble: null,
    begin: () => {
      did.push('begin');
      return begins();
    },
    end: async () => void did.push('end'),
    problem: () => one.trouble,
  };
  return { one, did, all: createDisturbances([one], { log }) };
}

const settled = () => new Promise((resume) => setImmediate(resume));

describe('disturbances', () => {
  it('begin once, end once, and never begin after their end', async () => {
    const { did, all } = scripted();
    all.begin();
    all.begin();
    await Promise.all([all.end(), all.end()]);
    all.begin();
    expect(did).toEqual(['begin', 'end']);
  });

  it('that cannot begin, or cannot be upheld, are a reason to abort a running run', async () => {
    const failing = scripted({ begins: () => Promise.reject(new Error('no proxy')) });
    failing.all.begin();
    await settled();
    expect(failing.all.problem()).toBe('the fault could not begin: no proxy');
    const lost = scripted();
    lost.all.begin();
    expect(lost.all.problem()).toBeNull();
    lost.one.trouble = 'its proxy died';
    const run = (state: string) => ({ disturbances: lost.all, run: { state } }) as unknown as RunContext;
    expect(disturbanceProblem(run('RUNNING'))).toBe('its proxy died');
    expect(disturbanceProblem(run('WARMING'))).toBeNull();
  });

  it.each(['COMPLETED', 'ABORTED', 'STOPPED'] as const)('end with a run that is %s', (state) => {
    const { did, all } = scripted();
    all.begin();
    const context = {
      run: { state: 'RUNNING', definition: { hypotheses: [] } },
      arms: [],
      buckets: new Map(),
      streams: new Map(),
      pending: noChanges(),
      cut: { make() {} },
      disturbances: all,
    } as unknown as RunContext;
    endRun(context, { state, reason: 'test', nowMs: 0 });
    expect(did).toEqual(['begin', 'end']);
  });
});
