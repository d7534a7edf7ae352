// The start of a run proves that there is no loop: what it sends must not come back, through any source, with whatever mark is left.
import { describe, expect, it } from 'vitest';
import { isOwnCall, markOf, marksOf, probeMarks } from '../../../src/core/own-calls.ts';
import type { Source, TargetCall } from '../../../src/io/ports.ts';
import { cloudevents } from '../../../src/io/sources/cloudevents.ts';
import type { RawExchange } from '../../../src/model.ts';
import { useComparators } from '../../support/running-comparators.ts';
import { cloudeventsOptions, createSourceBench, post } from '../../support/source-bench.ts';

/** Hands back what the test gives it. */
function openEcho() {
  let deliver: (exchange: RawExchange) => void = () => undefined;
  const source: Source = {
    name: 'echo',
    start: async (given) => {
      deliver = given;
    },
    stop: async () => {},
    losses: () => ({}),
  };
  return { source, deliver: (exchange: RawExchange) => deliver(exchange) };
}

const trial = {
  arms: { control: '', candidate: '' },
  expect: { 'candidate.late': 'flip: at most 50%' },
  settings: { warmUp: '3' },
};
const { start } = useComparators(trial);

async function startWithEcho() {
  const echo = openEcho();
  const calls: TargetCall[] = [];
  const t = await start({ sources: [echo.source], onCall: (call) => void calls.push(call) });
  return { t, calls, echo };
}

/** As a mirror would see the call: with these of its headers. */
const asSeen = (call: TargetCall, kept: readonly string[]): RawExchange => ({
  sourceId: 'echoed',
  arrivedAt: 0,
  latencyMs: 1,
  request: {
    ...call.message,
    headers: Object.fromEntries(Object.entries(call.headers).filter(([name]) => kept.includes(name))),
  },
  answer: { status: 200, headers: {}, body: new Uint8Array(0) },
});

describe('a warm-up call that comes back', () => {
  it.each([
    ['with its mark', ['x-shadow', 'x-request-id', 'ce-id']],
    ['with the id of a logger’s event alone', ['ce-id']],
  ])('%s: the run is refused in words', async (_name, kept) => {
    const { t, calls, echo } = await startWithEcho();
    t.deliver('a');
    await t.at(1);
    const call = calls.find(({ headers }) => headers['x-shadow']?.endsWith('/candidate')) as TargetCall;
    echo.deliver(asSeen(call, kept));
    await t.at(2);
    expect(t.run()).toMatchObject({ state: 'ABORTED' });
    expect(t.run().endReason).toMatch(/^loop: what it sends to the arm "candidate" comes back through a source/);
  });

  it('with nothing but the beginning of its id: dropped and counted, as nobody can say whose it is', async () => {
    const { t, calls, echo } = await startWithEcho();
    t.deliver('a');
    await t.at(1);
    echo.deliver(asSeen(calls[0] as TargetCall, ['x-request-id']));
    await t.at(2);
    expect(t.run().state).toBe('WARMING');
    expect(t.app.comparator.health().ignored).toEqual({ shadow: 1 });
  });
});

it('long after its start a run goes on: what comes back is dropped', async () => {
  const { t, calls, echo } = await startWithEcho();
  for (const id of ['a', 'b', 'c']) t.deliver(id);
  await t.at(30);
  t.deliver('d');
  await t.at(31);
  echo.deliver(asSeen(calls.at(-1) as TargetCall, ['x-shadow']));
  await t.at(32);
  expect(t.run().state).toBe('RUNNING');
});

it('a call of another run, or of nobody’s, is no loop of this one', async () => {
  const { t, echo, calls } = await startWithEcho();
  t.deliver('a');
  await t.at(1);
  const call = calls[0] as TargetCall;
  for (const mark of ['other/candidate', 'mirror/control', 'probe http://elsewhere:1']) {
    echo.deliver(asSeen({ ...call, headers: { ...call.headers, 'x-shadow': mark } }, ['x-shadow']));
  }
  await t.at(2);
  expect(t.run().state).toBe('WARMING');
});

it('the ready probe is marked with the address that it asks, and a logger’s event of it is known', async () => {
  const marks = probeMarks('http://shadow:8080');
  expect(marks['x-shadow']).toBe('probe http://shadow:8080');
  expect(markOf({ 'ce-id': marks['ce-id'] ?? '' })).toBe('probe http://shadow:8080');
  expect(isOwnCall({ 'ce-id': marks['ce-id'] ?? '' })).toBe(true);
  const bench = createSourceBench();
  const source = cloudevents.create(cloudeventsOptions)(bench.deps);
  const attributes = { 'ce-type': 'org.kubeflow.serving.inference.request', 'ce-source': 's', 'ce-specversion': '1.0' };
  await post(source, bench, { headers: { ...attributes, 'ce-id': marks['ce-id'] ?? '' }, body: '' });
  expect(bench.ownCalls.map(markOf)).toEqual(['probe http://shadow:8080']);
});

it('a mark survives in either header', () => {
  const marks = marksOf('run/arm', 'shadow-id/with/slashes');
  expect(markOf(marks)).toBe('run/arm');
  expect(markOf({ 'ce-id': marks['ce-id'] ?? '' })).toBe('run/arm');
  expect(markOf({ 'ce-id': 'shadow-only' })).toBeNull();
  expect(markOf({ 'ce-id': 'a client’s' })).toBeNull();
});
