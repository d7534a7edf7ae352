// What sources are fed by over HTTP, mounted: each says its path and what it takes; reading it is the source's own affair.
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { SourceRoute } from '../io/ports.ts';
import type { Headers, RequestMessage } from '../model.ts';
import { answers } from './answers.ts';
import type { Comparator } from './comparator.ts';
import { type ResourcePlugin, resource } from './plugin.ts';

export function sourceRoutes(routes: readonly SourceRoute[]): ResourcePlugin {
  return resource((app, comparator) => {
    for (const route of routes) app.register(async (scope) => mount(scope, { route, comparator }));
  });
}

function mount(app: FastifyInstance, { route, comparator }: { route: SourceRoute; comparator: Comparator }): void {
  const { path, summary, bodies, query, answer } = route;
  app.removeAllContentTypeParsers();
  for (const [type, { maxBytes }] of Object.entries(bodies)) {
    app.addContentTypeParser(
      type,
      { parseAs: 'buffer', bodyLimit: maxBytes },
      async (_request: unknown, body: string | Buffer) => body,
    );
  }
  const content = Object.fromEntries(
    Object.entries(bodies).map(([type, { schema }]) => [type === '*' ? '*/*' : type, { schema }]),
  );
  app.route({
    method: 'POST',
    url: path,
    schema: {
      summary,
      body: { content },
      ...(query === undefined ? {} : { querystring: query }),
      ...answers(answer.schema as Parameters<typeof answers>[0], { status: answer.status }),
    },
    // The schemas describe; the source reads, and says what is wrong.
    validatorCompiler: () => () => true,
    handler: async (request, reply) => {
      const { status, body } = await route.take(messageOf(request), comparator.submit);
      return reply.code(status).send(body);
    },
  });
}

function messageOf(request: FastifyRequest): RequestMessage {
  const { method, url, headers, body } = request;
  const bytes = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
  return { method, path: url, headers: joined(headers), body: bytes };
}

/** Node has joined what was repeated, but for the few that may not be. */
function joined(headers: FastifyRequest['headers']): Headers {
  const entries = Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]);
  return Object.fromEntries(entries);
}
