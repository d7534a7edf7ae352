// A recording's line and the body of POST /v1/exchanges are one form: this is what keeps the two schemas in step.
import { pino } from 'pino';
import { expect, it } from 'vitest';
import type { Comparator } from '../../../../src/api/comparator.ts';
import { createApi } from '../../../../src/api/server.ts';
import { recordedExchangeSchema } from '../../../../src/io/sources/recorded-exchange.ts';

/** A schema without its words for people. */
function formOf(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(formOf);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { description: _, patternProperties, ...rest } = schema as Record<string, unknown>;
  // OpenAPI's form of a record.
  if (patternProperties) rest.additionalProperties = Object.values(patternProperties)[0];
  return Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, formOf(value)]));
}

it('a line takes what the API takes, but for the time, which it must say', async () => {
  const api = await createApi({
    comparator: {} as Comparator,
    token: null,
    version: 'test',
    log: pino({ level: 'silent' }),
  });
  const { paths } = (await api.inject('/openapi.json')).json();
  const taken = paths['/v1/exchanges'].post.requestBody.content['application/json'].schema;
  const [ours, theirs] = [formOf(JSON.parse(JSON.stringify(recordedExchangeSchema))), formOf(taken)] as [
    { required: string[] },
    { required: string[] },
  ];
  expect(ours.required.filter((name) => name !== 'arrivedAt')).toEqual(theirs.required);
  expect({ ...ours, required: [] }).toEqual({ ...theirs, required: [] });
  await api.close();
});
