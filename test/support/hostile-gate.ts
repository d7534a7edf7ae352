// A server that answers the gate's question with whatever a test wants, and a valid PASS to make it out of.
import { createServer, type ServerResponse } from 'node:http';
import { listenOnFreePort } from './raw-sockets.ts';

/** A whole, valid PASS for the run "r1" of the experiment "release", at this moment. */
export function validPass(nonce: string, nowMs = Date.now()) {
  const hypothesis = {
    id: 'candidate.late.flip',
    decision: 'late',
    metric: 'flip',
    relation: 'bounded',
    against: 'limit',
    tolerance: 0.05,
    required: true,
    automatic: false,
    verdict: 'HOLDS',
    n: 1200,
    decidedAt: 1100,
    estimate: 0.02,
    interval: [0.01, 0.03],
    stillNeeded: 0,
    sentence: 'flip rate 2 % is within the limit of 5 %',
    logEUp: 0,
    logEDown: 5,
    logEUpNeeded: 4.6,
    logEDownNeeded: 4.6,
    productionVersion: 'v1',
    armVersion: 'v2',
    generation: 1,
  };
  return {
    run: 'r1',
    experiment: 'release',
    verdict: 'PASS',
    exitCode: 0,
    reasonCode: 'all_required_hold',
    reasons: ['candidate: flip rate 2 % is within the limit of 5 %'],
    candidate: { target: null, digest: null, ref: null, version: 'v2' },
    productionVersion: 'v1',
    policyHash: '0123456789abcdef',
    pairs: 1200,
    dropRate: 0.001,
    dataAgeMs: 1500,
    decidedAt: nowMs,
    expiresAt: nowMs + 60_000,
    nonce,
    final: true,
    hypotheses: [
      hypothesis,
      { ...hypothesis, id: 'candidate.error', metric: 'error', decision: null, automatic: true },
    ],
    serviceVersion: '0.1.0',
  };
}

export type GateBody = ReturnType<typeof validPass>;
export type GateReply = (given: { reply: ServerResponse; nonce: string; valid: GateBody; asked: number }) => void;

export interface HostileGate {
  readonly url: string;
  /** How often the question was asked. */
  asked(): number;
  /** Authorization headers, in the order they came. */
  readonly authorizations: (string | undefined)[];
  close(): Promise<void>;
}

export async function startHostileGate(answer: GateReply): Promise<HostileGate> {
  let asked = 0;
  const authorizations: (string | undefined)[] = [];
  const server = createServer((message, reply) => {
    asked += 1;
    authorizations.push(message.headers.authorization);
    reply.on('error', () => {});
    const nonce = new URL(message.url ?? '', 'http://x').searchParams.get('nonce') ?? '';
    reply.setHeader('content-type', 'application/json');
    answer({ reply, nonce, valid: validPass(nonce), asked });
  });
  const port = await listenOnFreePort(server);
  return {
    url: `http://127.0.0.1:${port}`,
    asked: () => asked,
    authorizations,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answers 200 with the valid PASS, changed. */
export function saying(change: (valid: GateBody) => unknown): GateReply {
  return ({ reply, valid }) => {
    reply.end(JSON.stringify(change(valid)));
  };
}
