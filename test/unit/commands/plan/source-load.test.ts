// What a source sends by itself is said by the plan.
import { expect, it } from 'vitest';
import { sourceLoadLines } from '../../../../src/commands/plan/source-load.ts';

const mirror = { listen: '127.0.0.1:9001', prefix: null, maxBodyBytes: 1 };
const control = { url: 'http://twin:8080', maxRequestsPerSecond: 50, maxInFlight: 32, deadlineMs: 2000 };

it('a mirror’s control is load with or without a run', () => {
  expect(sourceLoadLines({ source: { tap: null, http: true, mirror: { ...mirror, control } } }).join('\n')).toBe(
    `source.mirror asks http://twin:8080 for production's answers, one call per mirrored request, with or without a run:
  at most 50 requests per second and 32 at a time, each for at most 2s; the kill switch ends it`,
  );
});

it('joined answers, and every other source, send nothing', () => {
  expect(sourceLoadLines({ source: { tap: null, http: true } })).toEqual([]);
  expect(sourceLoadLines({ source: { tap: null, http: true, mirror: { ...mirror, control: null } } })).toEqual([]);
});
