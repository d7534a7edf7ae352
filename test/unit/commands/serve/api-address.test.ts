// Two processes of one config on one machine: the second is told how to find an address, and what it may not be.
import { createServer } from 'node:http';
import Fastify from 'fastify';
import { describe, expect, it } from 'vitest';
import { addressOf, listenThere } from '../../../../src/commands/serve/api-address.ts';
import { checkConfigText } from '../../../../src/config/load.ts';
import { listenOnFreePort } from '../../../support/raw-sockets.ts';

function configWith(api: string) {
  const text = `service: s
production: {url: "http://127.0.0.1:1", protocol: open-inference-v2, slo: {latency: 1s}}
inputs: [{name: x}]
decisions: {late: {output: p, label: above 0.5}}
watch: {late: {lowConfidence: {bar: 0.3, share: at most 10%}}}
api: ${api}
`;
  const { config, errors } = checkConfigText(text, { env: { TOKEN: 'secret' }, directory: '/' });
  if (config === null) throw new Error(errors.map(({ message }) => message).join('\n'));
  return config;
}

describe('where a process of serve listens', () => {
  it('is api.listen, or what --listen says instead', () => {
    const config = configWith('{listen: "127.0.0.1:9090"}');
    expect(addressOf(config, undefined)).toEqual({ host: '127.0.0.1', port: 9090 });
    expect(addressOf(config, { host: 'localhost', port: 9091 })).toEqual({ host: 'localhost', port: 9091 });
  });

  it('is no address of other machines unless a token is asked for', () => {
    const everywhere = { host: '0.0.0.0', port: 9091 };
    expect(() => addressOf(configWith('{}'), everywhere)).toThrow(/0\.0\.0\.0:9091 is reachable from other machines/);
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference as the config has it
    expect(addressOf(configWith('{token: "${env:TOKEN}"}'), everywhere)).toEqual(everywhere);
  });

  it('is said with the way out when another process has it', async () => {
    const other = createServer();
    const port = await listenOnFreePort(other);
    const app = Fastify();
    const tried = listenThere(app, { host: '127.0.0.1', port });
    await expect(tried).rejects.toMatchObject({ code: 'ADDRESS_IN_USE' });
    await expect(tried).rejects.toThrow(`start this one with --listen 127.0.0.1:${port + 1}`);
    await app.close();
    other.close();
  });
});
