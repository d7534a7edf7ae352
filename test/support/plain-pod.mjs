// A pod that knows nothing of penumbra, started as a command: it answers the score that stands in the request, and as its environment
// says zeros while it is cold, or not there or not yet ready for a while.
import { createServer } from 'node:http';

const startedAt = Date.now();
const { PORT = '0', COLD_REQUESTS = '0', LISTENS_AFTER_MS = '0', READY_AFTER_MS = '0', SAYS = '' } = process.env;
let answered = 0;
const age = () => Date.now() - startedAt;
if (SAYS !== '') console.log(SAYS);

const server = createServer(async (message, reply) => {
  let body = '';
  for await (const part of message.setEncoding('utf8')) body += part;
  reply.setHeader('content-type', 'application/json');
  if (message.method === 'GET') {
    reply.statusCode = age() >= Number(READY_AFTER_MS) ? 200 : 503;
    reply.end(JSON.stringify({ pid: process.pid, env: Object.keys(process.env), versions: ['v1'] }));
    return;
  }
  const asked = JSON.parse(body).inputs[0].data[0];
  answered += 1;
  const score = answered <= Number(COLD_REQUESTS) ? 0 : asked;
  const probabilities = { name: 'probabilities', shape: [1, 2], datatype: 'FP64', data: [1 - score, score] };
  reply.end(JSON.stringify({ model_name: 'm', model_version: 'v1', outputs: [probabilities] }));
});
setTimeout(() => server.listen(Number(PORT), '127.0.0.1'), Number(LISTENS_AFTER_MS));
process.on('SIGTERM', () => process.exit(0));
