// A shadow that answers as production does, to be stopped and let go on. Usage: PORT
import { createServer } from 'node:http';
import { answerRest, answerStart } from './wrk-witness.ts';

createServer((message, reply) => {
  message.resume();
  const about = '{"name":"m","versions":["v1"],"platform":"","inputs":[],"outputs":[]}';
  reply.setHeader('content-type', 'application/json');
  reply.end(message.method === 'GET' ? about : `${answerStart}x${answerRest}`);
}).listen(Number(process.argv[2]), '127.0.0.1', 4096, () => process.send?.({ type: 'listening' }));
