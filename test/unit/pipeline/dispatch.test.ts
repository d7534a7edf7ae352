// How arms are asked: the marks on every copy, one deadline for everything, and an outcome for every way to fail.
import { describe, expect, it } from 'vitest';
import type { Target, TargetCall, TargetReply } from '../../../src/io/ports.ts';
import type { Exchange, Headers, Outcome } from '../../../src/model.ts';
import { createCut } from '../../../src/pipeline/cut.ts';
import { dispatch } from '../../../src/pipeline/dispatch.ts';
import { createDisturbances } from '../../../src/pipeline/disturb.ts';
import type { ArmContext, RunContext, ShadowPlan } from '../../../src/pipeline/run-context.ts';
import { createFakeClock, type FakeClock, settle } from '../../support/fake-clock.ts';

const good: TargetReply = {
  status: 'ok',
  reason: null,
  latencyMs: 7,
  answer: {
    modelName: 'm',
    modelVersion: 'v9',
    degraded: false,
    outputs: [{ name: 'p', datatype: 'FP64', shape: [1], data: [0.9] }],
  },
};

const decisions = [
  { name: 'late', output: 'p', column: null, kind: 'binary', threshold: 0.5, scale: null, material: 0.05 },
] as const;

interface Bench {
  readonly clock: FakeClock;
  readonly calls: (TargetCall & { readonly arm: string })[];
  readonly outcomes: (Outcome | null)[];
  readonly errors: string[];
  readonly context: RunContext;
  send(id?: string, headers?: Headers): void;
}

interface BenchOptions {
  readonly arms?: readonly string[];
  readonly answer?: (call: TargetCall) => Promise<TargetReply>;
  readonly plan?: (id: string) => Partial<ShadowPlan>;
  readonly maxInFlight?: number;
}

function createBench({ arms = ['arm'], answer = async () => good, plan = () => ({}), maxInFlight = 10 }: BenchOptions) {
  const clock = createFakeClock();
  const calls: Bench['calls'] = [];
  const outcomes: Bench['outcomes'] = [];
  const errors: string[] = [];
  const armOf = (name: string): ArmContext => ({
    arm: { name, role: 'candidate', target: null, perturbations: [], faults: [], deadlineMs: 1000 },
    target: {
      name: 'test',
      inProcess: false,
      call: (call) => {
        calls.push({ ...call, arm: name });
        return answer(call);
      },
    } as Target,
    plan: ({ id, request }) => ({
      request,
      perturbed: false,
      delayMs: 0,
      transport: null,
      faultActed: null,
      ...plan(id),
    }),
    tally: {} as ArmContext['tally'],
    version: null,
    inFlight: 0,
    disturbances: [],
  });
  const context = {
    run: { id: 'r1', endedAt: null, definition: { seed: '1', blastRadius: { maxInFlightPerArm: maxInFlight } } },
    arms: arms.map(armOf),
    cut: createCut(),
    disturbances: createDisturbances([], { log: { debug() {}, info() {}, warn() {}, error() {} } }),
  } as unknown as RunContext;
  const log = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: (_: object, text: string) => void errors.push(text),
  };
  const send = (id = 'x1', headers: Headers = {}): void => {
    const message = { method: 'POST', path: '/', headers, body: new Uint8Array() };
    const exchange = { id, request: { inputs: [] }, requestMessage: message } as unknown as Exchange;
    const onOutcome = (_index: number, outcome: Outcome | null): void => void outcomes.push(outcome);
    dispatch({ clock, log, decisions }, context, exchange, { faultsOn: true, onOutcome });
  };
  return { clock, calls, outcomes, errors, context, send } satisfies Bench;
}

describe('a copy', () => {
  it('is marked, keeps the trace and gets a span of its own', async () => {
    const bench = createBench({ arms: ['one', 'other'] });
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    bench.send('x1', { traceparent: `00-${traceId}-00f067aa0ba902b7-01`, authorization: 'Bearer secret' });
    await settle();
    for (const { arm, headers } of bench.calls) {
      expect(headers).toMatchObject({ 'x-shadow': `r1/${arm}`, 'x-request-id': 'shadow-x1' });
      expect(headers.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-01$`));
      expect(headers.traceparent).not.toContain('00f067aa0ba902b7');
      expect(Object.keys(headers).toSorted()).toEqual(['baggage', 'ce-id', 'traceparent', 'x-request-id', 'x-shadow']);
    }
    expect(new Set(bench.calls.map(({ headers }) => headers.traceparent)).size).toBe(2);
  });

  it('can be sent whatever its id holds', async () => {
    const bench = createBench({});
    for (const id of ['naïve ✈', 'line\r\nbreak: x', 'a'.repeat(100_000)]) bench.send(id);
    await settle();
    for (const { headers } of bench.calls) expect(headers['x-request-id']).toMatch(/^shadow-[\x21-\x7e]{1,200}$/);
  });

  it('goes to the arms in an order that changes from request to request and is the same in every replay', async () => {
    const orders = async (): Promise<string[]> => {
      const bench = createBench({ arms: ['a', 'b', 'c'] });
      for (let n = 0; n < 60; n++) bench.send(`x${n}`);
      await settle();
      return Array.from({ length: 20 }, (_, n) =>
        bench.calls
          .filter(({ headers }) => headers['x-request-id'] === `shadow-x${n}`)
          .map(({ arm }) => arm)
          .join(''),
      );
    };
    const first = await orders();
    expect(await orders()).toEqual(first);
    expect(new Set(first).size).toBeGreaterThan(3);
  });
});

describe('a deadline', () => {
  it('holds for the injected delay and the answer together', async () => {
    const bench = createBench({ plan: () => ({ delayMs: 300, faultActed: true }) });
    bench.send();
    await bench.clock.advance(299);
    expect(bench.calls).toHaveLength(0);
    await bench.clock.advance(1);
    expect(bench.calls[0]?.deadlineMs).toBe(700);
    expect(bench.outcomes).toMatchObject([{ status: 'ok', latencyMs: 307, faultActed: true }]);
  });

  it('that a delay uses up is a timeout without any call', async () => {
    const bench = createBench({ plan: () => ({ delayMs: 5000 }) });
    bench.send();
    await bench.clock.advance(1000);
    expect(bench.outcomes).toMatchObject([{ status: 'timeout', reason: 'deadline', latencyMs: 1000 }]);
    expect(bench.calls).toHaveLength(0);
  });

  it('ends a call that its target forgets, and frees its place', async () => {
    const bench = createBench({ answer: () => new Promise(() => {}) });
    bench.send();
    await bench.clock.advance(1000);
    expect(bench.outcomes).toEqual([]);
    await bench.clock.advance(100);
    expect(bench.outcomes).toMatchObject([{ status: 'timeout', reason: 'deadline' }]);
    expect(bench.calls[0]?.signal.aborted).toBe(true);
    expect(bench.context.arms[0]?.inFlight).toBe(0);
    expect(bench.clock.waiting()).toBe(0);
  });

  it('leaves no timer behind an answer', async () => {
    const bench = createBench({});
    bench.send();
    await settle();
    expect(bench.clock.waiting()).toBe(0);
  });

  it('of a run that ended during the delay sends nothing any more', async () => {
    const bench = createBench({ plan: () => ({ delayMs: 300 }) });
    bench.send();
    await bench.clock.advance(100);
    bench.context.run = { ...bench.context.run, endedAt: 1 };
    await bench.clock.advance(1000);
    expect(bench.calls).toHaveLength(0);
    expect(bench.outcomes).toMatchObject([{ status: 'timeout', reason: 'aborted' }]);
  });
});

describe('an outcome', () => {
  it('carries the version of the answer to its arm', async () => {
    const bench = createBench({});
    bench.send();
    await settle();
    expect(bench.context.arms[0]?.version).toBe('v9');
    expect(bench.outcomes).toMatchObject([{ status: 'ok', predictions: { late: { label: 'true' } } }]);
  });

  it('is invalid when the decision cannot be read out of the answer', async () => {
    const bench = createBench({ answer: async () => ({ ...good, answer: { ...good.answer, outputs: [] } as never }) });
    bench.send();
    await settle();
    expect(bench.outcomes).toMatchObject([{ status: 'invalid', reason: 'late_output_missing', predictions: null }]);
  });

  it('is refused when too many are open, without a call', async () => {
    const bench = createBench({ maxInFlight: 1, answer: () => new Promise(() => {}) });
    bench.send('a');
    bench.send('b');
    await settle();
    expect(bench.calls).toHaveLength(1);
    expect(bench.outcomes).toMatchObject([{ status: 'timeout', reason: 'refused' }]);
  });

  it('is none, and logged, when penumbra itself fails: that says nothing about the arm', async () => {
    const broken = createBench({
      plan: () => {
        throw new Error('a bug');
      },
    });
    broken.send();
    const rejecting = createBench({ answer: () => Promise.reject(new Error('a bug')) });
    rejecting.send();
    await settle();
    for (const bench of [broken, rejecting]) {
      expect(bench.outcomes).toEqual([null]);
      expect(bench.errors).toEqual(['an arm could not be asked']);
      expect(bench.context.arms[0]?.inFlight).toBe(0);
    }
  });
});
