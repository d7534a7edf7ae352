// `dependencies` in a config: what it becomes, how it is written back, and what is refused with its place.
import { describe, expect, it } from 'vitest';
import { dependencyMeaning } from '../../../src/config/dependencies.ts';
import { effectiveText } from '../../../src/config/effective-text.ts';
import { checkConfigText } from '../../../src/config/load.ts';
import { standardCaps, standardRememberBytes } from '../../../src/faults/proxy/settings.ts';
import { problemsOf, soundConfig } from '../../support/bad-config.ts';

const options = { env: { CONTROL_TOKEN: 'x' }, directory: import.meta.dirname };
const withDependencies = (text: string): string => `${soundConfig}dependencies:\n${text}\n`;
const load = (text: string) => checkConfigText(withDependencies(text), options);

const full = `  feature-store:
    protocol: http
    listen: 0.0.0.0:7001
    upstream: http://store:7000
    standby: http://slow-store:7000
    slo: {latency: 50ms, errors: 0.1%}
    caps: {requests: 600 per minute, connections: 20, inFlight: 10}
    control: 0.0.0.0:7002
    token: "\${env:CONTROL_TOKEN}"
    probe: /health
    key: /features/{key}
    seed: planes
    remember: 1MiB
  redis: {protocol: tcp, listen: "127.0.0.1:6380", upstream: "redis:6379"}`;

describe('dependencies', () => {
  it('are read with every default', () => {
    const { config, errors } = load(full);
    expect(errors).toEqual([]);
    expect(config?.dependencies).toEqual([
      {
        name: 'feature-store',
        protocol: 'http',
        listen: '0.0.0.0:7001',
        upstream: 'store:7000',
        standby: 'slow-store:7000',
        slo: { latencyMs: 50, errors: 0.001 },
        caps: { requestsPerSecond: 10, connections: 20, inFlight: 10 },
        control: '0.0.0.0:7002',
        runs: 'with serve',
        tokenFrom: { from: 'env', name: 'CONTROL_TOKEN' },
        probe: '/health',
        key: '/features/{key}',
        seed: 'planes',
        rememberBytes: 1024 * 1024,
      },
      {
        name: 'redis',
        protocol: 'tcp',
        listen: '127.0.0.1:6380',
        upstream: 'redis:6379',
        standby: null,
        slo: { latencyMs: null, errors: null },
        caps: standardCaps,
        control: null,
        runs: 'with serve',
        tokenFrom: null,
        probe: null,
        key: 'request',
        seed: '1',
        rememberBytes: standardRememberBytes,
      },
    ]);
  });

  it('are written back as a config that means the same', () => {
    const { config } = load(full);
    if (!config) throw new Error('the config is not sound');
    const again = checkConfigText(effectiveText(config), options);
    expect(again.errors).toEqual([]);
    expect(again.config?.dependencies).toEqual(config.dependencies);
  });

  it('are said in words by validate', () => {
    const words = load(full).config?.dependencies?.map(dependencyMeaning);
    expect(words).toEqual([
      'dependency feature-store: shadow pods ask 0.0.0.0:7001, which asks store:7000 or, after a failover, slow-store:7000; a share is of requests; promised: answers within 50ms, fails in at most 0.1% of calls; at most 10 requests per second, 20 connections and 10 under way reach it; serve starts its proxy; faults are switched at 0.0.0.0:7002',
      'dependency redis: shadow pods ask 127.0.0.1:6380, which asks redis:6379; a share is of connections; promised: nothing; at most 1000 connections per second, 512 connections and 256 under way reach it; serve starts its proxy; faults are switched at a free port of this machine',
    ]);
  });

  it('are absent where none is written', () => {
    expect(checkConfigText(soundConfig, options).config).not.toHaveProperty('dependencies');
  });

  const minimal = '{protocol: http, listen: "127.0.0.1:7001", upstream: "http://store:7000"}';
  it.each([
    [
      'listening where the upstream is',
      '  store: {protocol: http, listen: ‸"127.0.0.1:7000", upstream: "http://localhost:7000"}',
      'it is the upstream of store, which production asks directly',
    ],
    [
      'listening where another’s upstream is',
      `  store: ${minimal}\n  other: {protocol: tcp, listen: ‸"store:7000", upstream: "x:1"}`,
      'it is the upstream of store',
    ],
    [
      'listening where production answers',
      '  store: {protocol: http, listen: ‸"0.0.0.0:8080", upstream: "http://store:7000"}',
      'production answers there',
    ],
    [
      'listening where the tap does',
      '  store: {protocol: http, listen: ‸"127.0.0.1:9000", upstream: "http://store:7000"}',
      'the tap listens there',
    ],
    [
      'listening where the API does',
      '  store: {protocol: http, listen: ‸"127.0.0.1:9090", upstream: "http://store:7000"}',
      'the API listens there',
    ],
    [
      'listening twice',
      `  store: ${minimal}\n  other: {protocol: tcp, listen: ‸"127.0.0.1:7001", upstream: "x:1"}`,
      'store.listen listens there',
    ],
    [
      'control and listen in one place',
      '  store: {protocol: tcp, listen: "127.0.0.1:7001", control: ‸"localhost:7001", upstream: "x:1"}',
      'store.listen listens there',
    ],
    [
      'production as upstream',
      '  store: {protocol: http, listen: "127.0.0.1:7001", upstream: ‸"http://localhost:8080"}',
      'upstream is production itself: a fault must never reach it',
    ],
    [
      'production as standby',
      '  store: {protocol: tcp, listen: "127.0.0.1:7001", upstream: "x:1", standby: ‸"127.0.0.1:8080"}',
      'standby is production itself',
    ],
    [
      'a control others reach, without a token',
      '  store: {protocol: tcp, listen: "127.0.0.1:7001", control: ‸"0.0.0.0:7002", upstream: "x:1"}',
      'is reachable from other machines and requires a token',
    ],
    [
      'a token that is written down',
      '  store: {protocol: tcp, listen: "127.0.0.1:7001", token: ‸abc, upstream: "x:1"}',
      'a secret is never written into a config',
    ],
    [
      'TLS',
      '  store: {protocol: http, listen: "127.0.0.1:7001", upstream: ‸"https://store"}',
      'requires http://: the proxy reads plain HTTP',
    ],
    [
      'a path',
      '  store: {protocol: http, listen: "127.0.0.1:7001", upstream: ‸"http://store/v1"}',
      'requires an address without a path',
    ],
    [
      'an URL on tcp',
      '  store: {protocol: tcp, listen: "127.0.0.1:7001", upstream: ‸"redis://redis:6379"}',
      'requires host:port on protocol tcp',
    ],
    [
      'a key on tcp',
      '  store: {protocol: tcp, listen: "127.0.0.1:7001", upstream: "x:1", key: ‸path}',
      'on tcp a share is of connections',
    ],
    [
      'a key that is no pattern',
      '  store: {protocol: http, listen: "127.0.0.1:7001", upstream: "http://x", key: ‸"/features"}',
      'such as /features/{key}',
    ],
    [
      'a probe that is no path',
      '  store: {protocol: http, listen: "127.0.0.1:7001", upstream: "http://x", probe: ‸health}',
      'requires a path such as /health',
    ],
    [
      'an unknown protocol',
      '  store: {protocol: ‸htp, listen: "127.0.0.1:7001", upstream: "x:1"}',
      'requires one of http, tcp',
    ],
    [
      'an unknown key',
      '  store: {protocol: tcp, listen: "127.0.0.1:7001", upstream: "x:1", ‸uptream: x}',
      'unknown key "uptream"',
    ],
    [
      'an unknown cap',
      '  store: {protocol: tcp, listen: "127.0.0.1:7001", upstream: "x:1", caps: {‸rate: 5 per second}}',
      'unknown key "rate"',
    ],
    [
      'a proxy elsewhere that nobody could switch',
      '  store: {protocol: tcp, listen: "127.0.0.1:7001", upstream: "x:1", runs: ‸elsewhere}',
      'requires control with runs: elsewhere',
    ],
    ['a bad name', '  ‸"feature store": {protocol: tcp, listen: "127.0.0.1:7001", upstream: "x:1"}', 'is not a name'],
    ['no upstream', '  ‸store: {protocol: tcp, listen: "127.0.0.1:7001"}', 'requires upstream'],
    ['a list', '  ‸- store', 'requires a map such as feature-store'],
  ])('%s is refused, with its place', (_what, text, words) => {
    const marked = withDependencies(text);
    const line = marked.split('\n').findIndex((one) => one.includes('‸'));
    const column = marked.split('\n')[line]?.indexOf('‸') ?? -1;
    const found = problemsOf(marked.replace('‸', ''));
    expect(found.map(({ message }) => message).join('\n')).toContain(words);
    expect(found.find(({ message }) => message.includes(words))?.at).toBe(`${line + 1}:${column + 1}`);
  });
});
