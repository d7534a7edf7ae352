// The target of two versions: the plan says who is asked, the version is that of both, and both end with it.
import { describe, expect, it } from 'vitest';
import type { Target } from '../../../../src/io/ports.ts';
import { createSwappingTarget } from '../../../../src/io/targets/swap.ts';
import { createFakeClock } from '../../../support/fake-clock.ts';
import { createScriptedTarget, type Script } from '../../../support/scripted-target.ts';
import { callWith } from '../../../support/target-call.ts';

function scripted(script: () => Script, readyVersion: string | null = null) {
  const asked: string[] = [];
  return { asked, target: createScriptedTarget({ clock: createFakeClock(0), answers: script, asked, readyVersion }) };
}

const versionOf = async (target: Target, toOther: boolean) =>
  (await target.call(callWith({ toOther }))).answer?.modelVersion;

describe('a target of two versions', () => {
  it('asks the one that the plan says, and answers as both', async () => {
    const own = scripted(() => ({ score: 0.1, version: 'v1' }), 'v1');
    const other = scripted(() => ({ score: 0.9, version: 'v2' }), 'v2');
    const target = createSwappingTarget({ own: own.target, other: other.target });
    expect(await target.ready(AbortSignal.timeout(1000))).toEqual({ version: 'v1+v2' });
    expect([await versionOf(target, false), await versionOf(target, true)]).toEqual(['v1+v2', 'v1+v2']);
    expect([own.asked.length, other.asked.length]).toEqual([1, 1]);
  });

  it('is another arm when either of the two is another version', async () => {
    let version: string | null = null;
    const own = scripted(() => ({ score: 0.1, version: 'v1' }));
    const other = scripted(() => ({ score: 0.9, version }));
    const target = createSwappingTarget({ own: own.target, other: other.target });
    expect((await target.ready(AbortSignal.timeout(1000))).version).toBeNull();
    expect(await versionOf(target, true)).toBeNull();
    expect(await versionOf(target, false)).toBe('v1+unknown');
    version = 'v2';
    expect(await versionOf(target, true)).toBe('v1+v2');
    version = 'v3';
    expect(await versionOf(target, true)).toBe('v1+v3');
    expect(await versionOf(target, false)).toBe('v1+v3');
  });

  it('hands a failure on as it is, and is ready only when both are', async () => {
    const own = scripted(() => ({ score: 0.1 }));
    const dead = scripted(() => ({ fails: 'unavailable' }));
    const asleep = { ...dead.target, ready: () => Promise.reject(new Error('not yet')) };
    const target = createSwappingTarget({ own: own.target, other: asleep });
    expect(await target.call(callWith({ toOther: true }))).toMatchObject({ status: 'unavailable', answer: null });
    await expect(target.ready(AbortSignal.timeout(1000))).rejects.toThrow('not yet');
  });

  it('closes both, also when one of them does not close cleanly', async () => {
    const closed: string[] = [];
    const own = { ...scripted(() => 'never').target, close: () => Promise.reject(new Error('stuck')) };
    const other = { ...scripted(() => 'never').target, close: async () => void closed.push('other') };
    await expect(createSwappingTarget({ own, other }).close()).rejects.toThrow('stuck');
    expect(closed).toEqual(['other']);
  });
});
