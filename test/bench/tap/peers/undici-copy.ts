// The proxy that a Node developer would write: node:http in front, undici behind, both bodies kept in memory and sent to the
// shadow beside, off the client's path and bounded. Usage: PORT UPSTREAM_PORT SHADOW_PORT
import { createServer } from 'node:http';
import { Pool } from 'undici';

const [port, upstreamPort, shadowPort] = process.argv.slice(2).map(Number);
const production = new Pool(`http://127.0.0.1:${upstreamPort}`, { connections: 256 });
const shadow = new Pool(`http://127.0.0.1:${shadowPort}`, { connections: 32 });
const mostInFlight = 32;
let inFlight = 0;

const server = createServer(async (request, reply) => {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const { host: _, connection: __, ...headers } = request.headers;
  const call = { method: request.method as 'POST', path: request.url as string, headers, body: Buffer.concat(parts) };
  const answer = await production.request(call);
  const copy: Buffer[] = [];
  reply.writeHead(answer.statusCode, answer.headers as Record<string, string>);
  for await (const part of answer.body) {
    copy.push(part as Buffer);
    reply.write(part);
  }
  reply.end();
  if (inFlight >= mostInFlight) return;
  inFlight++;
  shadow
    .request({ ...call, headersTimeout: 500, bodyTimeout: 500 })
    .then(({ body }) => body.dump())
    .catch(() => undefined)
    .finally(() => {
      inFlight--;
    });
});
server.keepAliveTimeout = 3_600_000;
server.listen(port as number, '127.0.0.1', 4096);
