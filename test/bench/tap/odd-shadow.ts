// A shadow that is in trouble. Usage: PORT DELAY_MS, or PORT hang.
import { createServer } from 'node:http';

const [port, how] = process.argv.slice(2);
const delayMs = how === 'hang' ? null : Number(how);
createServer((request, reply) => {
  request.resume();
  if (delayMs !== null) setTimeout(() => reply.end('{}'), delayMs);
}).listen(Number(port), '127.0.0.1', 4096);
