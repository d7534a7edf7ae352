// Certificates of a test's own, by openssl (which Debian's Java brings along): an authority, a broker's and a client's certificate that it
// signed, and another authority that signed nothing.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files, all in PEM. */
export interface Certificates {
  readonly ca: string;
  readonly strangersCa: string;
  /** Key and certificate in one, as the broker reads them. */
  readonly brokerStore: string;
  readonly clientCert: string;
  readonly clientKey: string;
}

export function makeCertificates(folder: string): Certificates {
  const at = (name: string): string => join(folder, name);
  const openssl = (...words: string[]): void => void execFileSync('openssl', words, { stdio: 'pipe' });
  const newKey = (name: string): string[] => [
    ...['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', at(`${name}.key`)],
    ...['-subj', `/CN=${name}`],
  ];
  for (const authority of ['ca', 'strangers-ca'])
    openssl('req', '-x509', ...newKey(authority), '-days', '2', '-out', at(`${authority}.pem`));
  writeFileSync(at('names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost\n');
  for (const who of ['broker', 'client']) {
    openssl('req', ...newKey(who), '-out', at(`${who}.csr`));
    const signed = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial', '-extfile', at('names')];
    openssl('x509', '-req', '-in', at(`${who}.csr`), ...signed, '-days', '2', '-out', at(`${who}.pem`));
  }
  const brokerStore = at('broker-store.pem');
  writeFileSync(brokerStore, `${readFileSync(at('broker.key'), 'utf8')}${readFileSync(at('broker.pem'), 'utf8')}`);
  return {
    ca: at('ca.pem'),
    strangersCa: at('strangers-ca.pem'),
    brokerStore,
    clientCert: at('client.pem'),
    clientKey: at('client.key'),
  };
}
