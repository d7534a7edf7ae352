// Why a connection to Kafka failed, in the words of the config: which line is wrong and what it requires. Asked only after a failure that
// the connection itself may explain.
import { PenumbraError } from '../../errors.ts';
import type { KafkaConnection } from './connection.ts';
import { failureOf, isAboutAccess, isLoginRefused } from './failure.ts';
import { type BrokerSight, lookAtBroker } from './probe.ts';

const asManyAsAreLookedAt = 3;
const ownMechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'];

/** The failure itself where the config cannot mend it; else KAFKA_REFUSED, with the line to change as `where`. */
export async function explain(
  thrown: unknown,
  { asked, connection }: { asked: string; connection: KafkaConnection },
): Promise<PenumbraError> {
  const failure = failureOf(thrown, asked);
  if (!isAboutAccess(thrown)) return failure;
  const sight = await lookAtOne(connection);
  const found = sight && (whyNoTls(connection, sight) ?? whyNoLogin(connection, { sight, thrown }));
  if (!found) return failure;
  return new PenumbraError('KAFKA_REFUSED', `Kafka could not ${asked}: ${found.why}`, found.where);
}

async function lookAtOne({ brokers, tls }: KafkaConnection): Promise<BrokerSight | null> {
  for (const broker of brokers.slice(0, asManyAsAreLookedAt)) {
    const sight = await lookAtBroker(broker, tls);
    if (sight !== null) return sight;
  }
  return null;
}

interface Found {
  readonly where: string;
  readonly why: string;
}

function whyNoTls({ tls, where: section }: KafkaConnection, sight: BrokerSight): Found | null {
  const { address, speaks, distrust, wantsCertificate } = sight;
  const where = `${section}.tls`;
  const whose = 'true for the authorities that come with Node, or {ca: FILE} with the authority of the brokers';
  if (speaks === 'tls' && tls === null)
    return { where, why: `${address} speaks TLS and ${where} is not set: it requires ${whose}` };
  if (speaks === 'plain' && tls !== null) {
    const why = `${address} speaks no TLS and ${where} is set: leave it out, or name a TLS port in ${section}.brokers`;
    return { where, why };
  }
  if (distrust !== null) return { where, why: `the certificate of ${address} ${whyDistrusted(distrust, where)}` };
  if (!wantsCertificate) return null;
  const own = tls?.cert ? 'did not take that of' : 'asks for a certificate of this client, and there is none in';
  return { where, why: `${address} ${own} ${where}: it requires {cert: FILE, key: FILE}, signed for the brokers` };
}

function whyDistrusted(code: string, where: string): string {
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return `is for other names (${code}): brokers requires a name that stands in it`;
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return `is not valid today (${code})`;
  return `is not trusted (${code}): ${where} requires {ca: FILE} with the PEM of the authority that signed it`;
}

function whyNoLogin(
  { sasl, where: section }: KafkaConnection,
  { sight, thrown }: { sight: BrokerSight; thrown: unknown },
): Found | null {
  const { address } = sight;
  const where = `${section}.sasl`;
  const mechanisms = sight.mechanisms?.map((name) => name.toLowerCase());
  const known = mechanisms?.filter((name) => ownMechanisms.includes(name)) ?? [];
  const choice = known.length === 0 ? ownMechanisms.join(', ') : known.join(' or ');
  if (sasl === null && mechanisms !== undefined && mechanisms.length > 0) {
    const why = `${address} asks for a login and ${where} is not set: it requires {mechanism, username, password}, mechanism ${choice}`;
    return { where, why };
  }
  if (sasl === null) return null;
  if (mechanisms?.length === 0) {
    const why = `${address} asks for no login and ${where} is set: leave it out, or name another port in ${section}.brokers`;
    return { where, why };
  }
  if (mechanisms !== undefined && !mechanisms.includes(sasl.mechanism)) {
    const why = `${address} takes no login by ${sasl.mechanism}: ${where}.mechanism requires ${choice}`;
    return { where: `${where}.mechanism`, why };
  }
  if (!isLoginRefused(thrown)) return null;
  const why = `${address} refused the login of "${sasl.username}" by ${sasl.mechanism}: ${where} requires a username and a password that the brokers know`;
  return { where, why };
}
