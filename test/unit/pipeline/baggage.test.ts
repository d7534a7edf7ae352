// The arm's name in W3C Baggage: beside what the request carries, instead of what could not be sent.
import { expect, it } from 'vitest';
import { withArm } from '../../../src/pipeline/baggage.ts';

it.each([
  ['nothing', undefined, 'penumbra-arm=slow'],
  ['an empty header', '', 'penumbra-arm=slow'],
  ['members of others', 'tenant=a;ttl=3, user=b', 'tenant=a;ttl=3,user=b,penumbra-arm=slow'],
  ['the name of another arm', 'penumbra-arm=control,tenant=a', 'tenant=a,penumbra-arm=slow'],
  ['what no header may hold', 'tenant=\u00e4', 'penumbra-arm=slow'],
  ['more than must be carried on', `tenant=${'a'.repeat(8180)}`, 'penumbra-arm=slow'],
  [
    'more members than must be carried on',
    Array.from({ length: 64 }, (_, index) => `m${index}=1`).join(','),
    'penumbra-arm=slow',
  ],
])('%s', (_what, baggage, expected) => {
  expect(withArm(baggage, 'slow')).toBe(expected);
});
