// What a broker's port speaks, asked without a login: TLS or not, whether its certificate is trusted, whether it asks for one of ours, and
// which ways to log in it takes. For explaining a connection that failed; no secret is sent.
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { KafkaTls } from './connection.ts';

export interface BrokerSight {
  readonly address: string;
  readonly speaks: 'tls' | 'plain';
  /** Node's code for why its certificate is not trusted; null when it is, and without TLS. */
  readonly distrust: string | null;
  readonly wantsCertificate: boolean;
  /** As Kafka names them; none: it asks for no login. Null: it did not say. */
  readonly mechanisms: readonly string[] | null;
}

const withinMs = 3000;
const illegalSaslState = 34;
const correlation = 0x70656e75;

/** SaslHandshake, version 1, for a mechanism that nobody has: the answer names those that there are. */
const handshake = ((): Buffer => {
  const text = (value: string): Buffer => Buffer.concat([Buffer.from([0, value.length]), Buffer.from(value)]);
  const head = Buffer.alloc(8);
  head.writeInt16BE(17, 0);
  head.writeInt16BE(1, 2);
  head.writeInt32BE(correlation, 4);
  const body = Buffer.concat([head, text('penumbra'), text('none')]);
  const size = Buffer.alloc(4);
  size.writeInt32BE(body.length);
  return Buffer.concat([size, body]);
})();

/** Null: nobody answers there, or nothing that Kafka would say. */
export async function lookAtBroker(address: string, tls: KafkaTls | null): Promise<BrokerSight | null> {
  const colon = address.lastIndexOf(':');
  const at = { host: address.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(address.slice(colon + 1)) };
  const plain = await ask(connect(at), 'connect');
  if (plain.answer !== null) {
    const none = { distrust: null, wantsCertificate: false };
    return { address, speaks: 'plain', ...none, mechanisms: mechanismsIn(plain.answer) };
  }
  if (!plain.isOpen) return null;
  const given = Object.fromEntries(Object.entries(tls ?? {}).filter(([, pem]) => pem !== null));
  const socket = connectTls({ ...at, servername: nameOf(at.host), ...given, rejectUnauthorized: false });
  const { isOpen, answer, problem } = await ask(socket, 'secureConnect');
  const wantsCertificate = /certificate required|bad certificate/i.test(problem ?? '');
  if (!isOpen && !wantsCertificate) return null;
  const mechanisms = answer === null ? null : mechanismsIn(answer);
  return { address, speaks: 'tls', distrust: distrustOf(socket), wantsCertificate, mechanisms };
}

/** An IP address is no name that TLS could ask for. */
const nameOf = (host: string): string => (/^[\d.]+$|:/.test(host) ? '' : host);

/** Its type says Error; it is a code. */
function distrustOf({ authorizationError }: TLSSocket): string | null {
  const said = authorizationError as unknown as string | (Error & { code?: string }) | null | undefined;
  if (said === null || said === undefined) return null;
  return typeof said === 'string' ? said : (said.code ?? said.message);
}

interface Asked {
  readonly isOpen: boolean;
  readonly answer: Buffer | null;
  readonly problem: string | null;
}

function ask(socket: Socket, opened: 'connect' | 'secureConnect'): Promise<Asked> {
  return new Promise((resolve) => {
    let isOpen = false;
    let heard = Buffer.alloc(0);
    const settle = (answer: Buffer | null, problem: string | null = null): void => {
      clearTimeout(timer);
      resolve({ isOpen, answer, problem });
      socket.destroy();
    };
    const timer = setTimeout(() => settle(null), withinMs);
    socket.once(opened, () => {
      isOpen = true;
      socket.write(handshake);
    });
    socket.on('data', (piece: Buffer) => {
      heard = Buffer.concat([heard, piece]);
      const isKafka = heard.length >= 8 && heard.readInt32BE(4) === correlation;
      if (isKafka && heard.length >= 4 + heard.readInt32BE(0)) settle(heard.subarray(8));
      else if (heard.length >= 8 && !isKafka) settle(null);
    });
    socket.once('error', ({ message }) => settle(null, message));
    socket.once('close', () => settle(null));
  });
}

/** Of an answer to SaslHandshake: error code, then an array of names. */
function mechanismsIn(answer: Buffer): readonly string[] | null {
  if (answer.length < 6) return null;
  if (answer.readInt16BE(0) === illegalSaslState) return [];
  const names: string[] = [];
  let at = 6;
  for (let left = Math.min(answer.readInt32BE(2), 20); left > 0 && at + 2 <= answer.length; left -= 1) {
    const length = answer.readInt16BE(at);
    names.push(answer.toString('utf8', at + 2, at + 2 + length));
    at += 2 + length;
  }
  return names;
}
