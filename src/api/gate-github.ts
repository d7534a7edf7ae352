// GitHub's deployment protection rule: it asks by a signed webhook before a deployment, and is answered later, by a call to GitHub.
// https://docs.github.com/webhooks/webhook-events-and-payloads#deployment_protection_rule
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { PenumbraError } from '../errors.ts';
import { answers } from './answers.ts';
import { resource } from './plugin.ts';

/** GitHub's own limit is far above what it sends for a deployment. */
const maxBodyBytes = 1024 * 1024;
const answer = Type.Object({ message: Type.String({ description: 'what became of it, in one line' }) });

/** Taken as bytes: the signature is over them, and nothing is read before it was found right. */
const webhook = Type.Unknown({ description: 'the webhook deployment_protection_rule, as GitHub signs and sends it' });

export const gateGithub = resource((app, comparator) => {
  // The signature is over the bytes as they came.
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer', bodyLimit: maxBodyBytes },
    async (_request: unknown, body: string | Buffer) => body,
  );
  const summary = 'GitHub deployment protection rule: answers at once, and GitHub later';
  app.post(
    '/v1/gate/github',
    { schema: { summary, body: webhook, ...answers(answer, { status: 202 }) }, bodyLimit: maxBodyBytes },
    async (request, reply) => {
      const { github } = comparator;
      if (github === null) throw new PenumbraError('NOT_FOUND', 'the config has no pipelines.github');
      const delivery = {
        event: headerOf(request, 'x-github-event'),
        signature: headerOf(request, 'x-hub-signature-256'),
        body: Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0),
      };
      return reply.code(202).send({ message: github.take(delivery) });
    },
  );
});

function headerOf({ headers }: FastifyRequest, name: string): string {
  const value = headers[name];
  return typeof value === 'string' ? value : '';
}
