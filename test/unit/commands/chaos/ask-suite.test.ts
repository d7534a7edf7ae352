// Waiting for a comparator's suite: what it is asked, how it is stopped when nobody wants it any more, and that a card is required.
import { describe, expect, it } from 'vitest';
import type { ChaosView } from '../../../../src/api/comparator.ts';
import type { ApiClient } from '../../../../src/commands/api-client.ts';
import { askSuite, cardOfSuite } from '../../../../src/commands/chaos/ask-suite.ts';
import type { LiveSuite } from '../../../../src/config/chaos-config.ts';
import { suiteHash } from '../../../../src/config/hashes.ts';
import { chaosConfig, suiteCard } from '../../../support/chaos-suite.ts';

const live: LiveSuite = {
  ...chaosConfig,
  traffic: {
    type: 'live',
    requests: 10,
    cellMs: 60_000,
    share: 1,
    blastRadius: {
      maxRequestsPerSecond: 1,
      maxInFlightPerArm: 1,
      maxBodyBytes: 1,
      maxBytesPerSecond: 1,
      maxRequests: 1,
    },
    stopWhen: [],
    schedule: null,
  },
};
const running: ChaosView = {
  id: 'c1',
  state: 'RUNNING',
  startedBy: 'api',
  startedAt: 1,
  endedAt: null,
  endReason: null,
  cells: { done: 1, of: 4 },
  running: { experiment: 'chaos v1: zeroed speed', run: 'r1' },
  card: null,
};

function clientOf(answers: ChaosView[], asked: unknown[]): ApiClient {
  return {
    post: async (path, body) => {
      asked.push([path, body]);
      return running;
    },
    get: async (path) => {
      asked.push(path);
      return answers.shift() ?? { ...running, state: 'COMPLETED', card: suiteCard };
    },
  };
}

describe('asking a comparator for its suite', () => {
  it('names the suite that it means, and waits for the end', async () => {
    const [asked, said]: [unknown[], string[]] = [[], []];
    const client = clientOf([running], asked);
    const view = await askSuite(live, { client, everyMs: 1, onStep: (text) => said.push(text) });
    expect(asked).toEqual([['/v1/chaos', { suite: suiteHash(live) }], '/v1/chaos/c1', '/v1/chaos/c1']);
    expect(said).toEqual(Array(2).fill('1/4 chaos v1: zeroed speed'));
    expect(cardOfSuite(view)).toBe(suiteCard);
  });

  it('stops the suite for good, once, when it is interrupted', async () => {
    const asked: unknown[] = [];
    const interrupted = new AbortController();
    interrupted.abort();
    const client = clientOf([running], asked);
    await askSuite(live, { client, everyMs: 1, signal: interrupted.signal });
    const stop = ['/v1/chaos/c1/stop', { reason: 'interrupted at the command line' }];
    expect(asked.slice(1)).toEqual([stop, '/v1/chaos/c1', '/v1/chaos/c1']);
  });

  it('knows another suite by its hash, wherever files are', () => {
    expect(suiteHash({ ...live, deadlineMs: 5 })).not.toBe(suiteHash(live));
    const [first] = chaosConfig.versions;
    const elsewhere = { ...first, name: 'v1', target: { type: 'onnx', file: '/x.onnx', sha256: '0' } } as const;
    expect(suiteHash({ ...live, versions: [elsewhere, ...live.versions.slice(1)] })).toBe(suiteHash(live));
  });

  it('says when there is no card', () => {
    expect(() => cardOfSuite({ ...running, endReason: 'why not' })).toThrow('the suite has no card: why not');
  });
});
