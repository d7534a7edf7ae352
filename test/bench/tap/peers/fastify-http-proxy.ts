// @fastify/http-proxy as its README shows it: streams bodies, copies nothing. Usage: PORT UPSTREAM_PORT
import proxy from '@fastify/http-proxy';
import fastify from 'fastify';

const [port, upstream] = process.argv.slice(2).map(Number);
const server = fastify();
await server.register(proxy, { upstream: `http://127.0.0.1:${upstream}` });
await server.listen({ host: '127.0.0.1', port: port as number });
