// The built-in page at `/`: plain files from src/page and uPlot's own, a fixed list, public. What they show comes from the API,
// which asks for the token. Its policy lets the browser take nothing from elsewhere and turn no text into markup or code.
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fastifyStatic from '@fastify/static';
import { Type } from 'typebox';
import { PenumbraError } from '../errors.ts';
import { resource } from './plugin.ts';

const ownFolder = fileURLToPath(new URL('../page/', import.meta.url));
const plotFolder = join(dirname(createRequire(import.meta.url).resolve('uplot')));
/** By name: where each public file lies. Nothing else is ever read. */
const files: ReadonlyMap<string, string> = new Map([
  ...readdirSync(ownFolder).map((name) => [name, ownFolder] as const),
  ...['uPlot.esm.js', 'uPlot.min.css'].map((name) => [name, plotFolder] as const),
]);

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const headers = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
};

export const page = resource((app) => {
  app.register(fastifyStatic, { root: [ownFolder, plotFolder], serve: false });
  app.addHook('onRequest', async (_request, reply) => void reply.headers(headers));
  app.get('/', { schema: { hide: true } }, (_request, reply) => reply.sendFile('index.html', ownFolder));
  const schema = { hide: true, params: Type.Object({ file: Type.String() }) };
  app.get('/page/:file', { schema }, (request, reply) => {
    const { file } = request.params;
    const folder = files.get(file);
    if (folder === undefined) throw new PenumbraError('NOT_FOUND', `the page has no file "${file.slice(0, 100)}"`);
    return reply.sendFile(file, folder);
  });
});
