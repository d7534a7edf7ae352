// A copy's place in its trace, by the rules of W3C Trace Context.
import { describe, expect, it } from 'vitest';
import type { Exchange, Headers } from '../../../src/model.ts';
import { traceHeaders } from '../../../src/pipeline/trace.ts';

const id = '4bf92f3577b34da6a3ce929d0e0e4736';
const parent = '00f067aa0ba902b7';
const sent = (headers: Headers, { exchangeId = 'x1', arm = 'candidate' } = {}): Headers => {
  const exchange = { id: exchangeId, requestMessage: { headers } } as unknown as Exchange;
  return traceHeaders(exchange, { runId: 'r1', arm });
};

describe('a trace goes on', () => {
  it.each([
    ['sampled', `00-${id}-${parent}-01`, '01'],
    ['not sampled', `00-${id}-${parent}-00`, '00'],
    ['with a random id', `00-${id}-${parent}-03`, '03'],
    ['with flags that are not known here', `00-${id}-${parent}-fd`, '01'],
    ['of a later version', `cc-${id}-${parent}-01`, '01'],
    ['of a later version with more behind', `cc-${id}-${parent}-01-what-the-future-will-be-like`, '01'],
  ])('%s', (_, traceparent, flags) => {
    const { traceparent: child = '' } = sent({ traceparent });
    expect(child).toMatch(new RegExp(`^00-${id}-[0-9a-f]{16}-${flags}$`));
    expect(child).not.toContain(parent);
    expect(child).not.toContain('0'.repeat(16));
  });

  it('under a parent of its own for every arm and exchange, the same in every replay', () => {
    const headers = { traceparent: `00-${id}-${parent}-01` };
    const spans = [sent(headers), sent(headers, { arm: 'other' }), sent(headers, { exchangeId: 'x2' })];
    expect(new Set(spans.map(({ traceparent }) => traceparent)).size).toBe(3);
    expect(sent(headers)).toEqual(spans[0]);
  });

  it('with its state, when that can be sent', () => {
    const traceparent = `00-${id}-${parent}-01`;
    expect(sent({ traceparent, tracestate: 'a=1,b=2' }).tracestate).toBe('a=1,b=2');
    for (const tracestate of ['', 'a'.repeat(513), 'a=é']) {
      expect(Object.keys(sent({ traceparent, tracestate }))).toEqual(['traceparent']);
    }
  });
});

describe('no trace is begun', () => {
  it.each([
    ['nothing', undefined],
    ['nonsense', 'yes'],
    ['version ff', `ff-${id}-${parent}-01`],
    ['more behind version 00', `00-${id}-${parent}-01-more`],
    ['a trace of zeros', `00-${'0'.repeat(32)}-${parent}-01`],
    ['a parent of zeros', `00-${id}-${'0'.repeat(16)}-01`],
    ['capital letters', `00-${id.toUpperCase()}-${parent}-01`],
    ['a short trace', `00-${id.slice(1)}-${parent}-01`],
    ['two of them', `00-${id}-${parent}-01, 00-${id}-${parent}-01`],
  ])('by %s', (_, traceparent) => {
    const headers: Record<string, string> = { tracestate: 'a=1' };
    if (traceparent !== undefined) headers.traceparent = traceparent;
    expect(sent(headers)).toEqual({});
  });
});
