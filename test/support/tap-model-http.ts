// Inference requests and answers that are a function of a number, such as a comparator understands and sends on to shadows.
import { answerOf as modelAnswerOf } from './shadow-server.ts';
import type { Speech } from './tap-witnesses.ts';

const scoreOf = (seed: number): number => (seed % 2 === 0 ? 0.2 : 0.8) + seed * 1e-7;

/** Connections last for `requestsEach` requests. */
export function modelSpeech({ requestsEach = 10 } = {}): Speech {
  const endsConnection = (seed: number): boolean => seed % requestsEach === 0;
  return {
    endsConnection,
    requestOf: (seed) => {
      const body = JSON.stringify({ inputs: [{ name: 'x', shape: [1, 1], datatype: 'FP64', data: [scoreOf(seed)] }] });
      const lines = [
        'POST /v2/models/m/infer HTTP/1.1',
        `x-seed: ${seed}`,
        'Host: m',
        'Content-Type: application/json',
      ];
      return Buffer.from(`${lines.join('\r\n')}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    },
    answerOf: (seed) => {
      const body = modelAnswerOf(scoreOf(seed));
      const lines = ['HTTP/1.1 200 OK', `x-seed: ${seed}`, 'Content-Type: application/json'];
      const last = endsConnection(seed) ? 'Connection: close\r\n' : '';
      return Buffer.from(`${lines.join('\r\n')}\r\n${last}Content-Length: ${body.length}\r\n\r\n${body}`);
    },
  };
}
