// A shadow that is in trouble. Usage: PORT DELAY_MS, or PORT hang, or PORT well: it answers until it is told, over its channel, to hang.
import { createServer } from 'node:http';

const [port, how] = process.argv.slice(2);
const delayMs = how === 'well' ? 0 : Number(how);
const answer = JSON.stringify({
  model_name: 'm',
  outputs: [{ name: 'p', shape: [1, 2], datatype: 'FP32', data: [0.123456, 0.876544] }],
});
let hangs = how === 'hang';
let asked = 0;
createServer((request, reply) => {
  request.resume();
  asked += 1;
  if (!hangs) setTimeout(() => reply.setHeader('content-type', 'application/json').end(answer), delayMs);
}).listen(Number(port), '127.0.0.1', 4096);
process.on('message', () => {
  hangs = true;
  process.send?.({ asked });
  asked = 0;
});
