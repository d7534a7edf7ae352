// A recording's line and the body of POST /v1/exchanges are one form, but for the time, which a line must say.
import { Value } from 'typebox/value';
import { expect, it } from 'vitest';
import { exchangeForm, recordedExchangeForm } from '../../../../src/io/sources/exchange-form.ts';
import { readRecordedExchange } from '../../../../src/io/sources/recorded-exchange.ts';

const told = { latencyMs: 3, request: { path: '/v2/models/m/infer', body: { inputs: [] } }, answer: { status: 200 } };
const recorded = { ...told, arrivedAt: 1_700_000_000_000 };
const read = (value: object) => readRecordedExchange(JSON.stringify(value), { sourceId: 's', maxBytes: 1e6 });

it('a line takes what the API takes, but for the time, which it must say', () => {
  expect(Value.Check(exchangeForm, told)).toBe(true);
  expect(Value.Check(recordedExchangeForm, told)).toBe(false);
  expect(Value.Check(recordedExchangeForm, recorded)).toBe(true);
  expect(read(recorded)).toMatchObject({ sourceId: 's', arrivedAt: recorded.arrivedAt, latencyMs: 3 });
  expect(() => read(told)).toThrow('arrivedAt requires epoch milliseconds or an RFC 3339 time, and the line has none');
  expect(() => read({ ...recorded, arrivedAt: 1_700_000_000 })).toThrow('not seconds');
});
