// What can be shown of the image without carrying out its build (npm run docker:check does that): how it is started, who it runs as, and
// that its health check tells a well comparator from an ill one and from none.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readDockerfile, type Step, wordsOf } from '../docker/dockerfile.ts';

const root = resolve(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'Dockerfile'), 'utf8');
const [build, final] = readDockerfile(text);
const stepOf = (word: string): Step => final?.steps.find((step) => step.word === word) ?? expect.fail(`no ${word}`);

describe('the image', () => {
  it('is built in one stage and run from another, as a user who is not root, on the same Node', () => {
    expect([build?.name, final?.name]).toEqual(['build', null]);
    expect(new Set(text.match(/^FROM \S+/gm))).toEqual(new Set(['FROM node:24-bookworm-slim']));
    expect(stepOf('USER').rest).toBe('1000:1000');
    expect(wordsOf(stepOf('ENTRYPOINT'))).toEqual(['node', '/penumbra/dist/main.js']);
    expect(wordsOf(stepOf('CMD'))).toEqual(['serve', '--config', '/etc/penumbra/penumbra.yaml']);
  });

  it('copies only what there is, and what .dockerignore lets through', () => {
    const ignore = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
    const copies = [...(build?.steps ?? []), ...(final?.steps ?? [])].filter(
      ({ word, rest }) => word === 'COPY' && !rest.startsWith('--from'),
    );
    const sources = copies.flatMap(({ rest }) => rest.split(/\s+/).slice(0, -1));
    expect(sources.length).toBeGreaterThan(5);
    for (const source of sources) {
      expect(existsSync(join(root, source)), source).toBe(true);
      expect(
        ignore.some((line) => line.startsWith(`!${source}`)),
        source,
      ).toBe(true);
    }
  });
});

describe("the image's health check", () => {
  it('holds for a comparator that answers, and for nothing else', async () => {
    let status = 200;
    const server = createServer((_, answer) => answer.writeHead(status).end('{}')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/health`;
    expect(await exitOfHealthCheck(url)).toBe(0);
    status = 503;
    expect(await exitOfHealthCheck(url)).toBe(1);
    server.close();
    await once(server, 'close');
    expect(await exitOfHealthCheck(url)).toBe(1);
  });
});

async function exitOfHealthCheck(url: string): Promise<unknown> {
  const [, ...args] = wordsOf(stepOf('HEALTHCHECK'));
  const child = spawn(process.execPath, args, { env: { ...process.env, PENUMBRA_HEALTH_URL: url }, stdio: 'ignore' });
  return (await once(child, 'exit'))[0];
}
