// A Kafka node that asks who comes: by password over TLS on one door, by certificate on another. Its certificates are made
// for it and live as long as it does.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.js';
import { startKafka, type ServiceHandle } from './services.js';

export interface SecuredKafka {
  readonly broker: ServiceHandle;
  /** host:port that takes logins, by all three mechanisms. */
  readonly login: string;
  /** host:port that asks for a certificate. */
  readonly certified: string;
  readonly username: string;
  readonly password: string;
  /** Files in PEM: the authority, what it gave to the client, and an authority that nobody here trusts. */
  readonly files: {
    readonly ca: string;
    readonly cert: string;
    readonly key: string;
    readonly stranger: string;
  };
  stop(): Promise<void>;
}

const USER = 'ada';
const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'];

/** Whether certificates can be made here. */
export function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** @param password as it stands in the broker's settings: without quotes and backslashes */
export async function startSecuredKafka(password: string): Promise<SecuredKafka> {
  const dir = mkdtempSync(join(tmpdir(), 'parley-certificates-'));
  const ca = certificate(dir, 'authority');
  const stranger = certificate(dir, 'stranger');
  const client = certificate(dir, 'client', ca);
  const server = certificate(dir, 'server', ca);
  const keystore = join(dir, 'keystore.pem');
  writeFileSync(keystore, readFileSync(server.key, 'utf8') + readFileSync(server.cert, 'utf8'));
  const [login, certified] = [await freePort(), await freePort()];
  const scram = MECHANISMS.slice(1);
  const broker = await startKafka({
    listeners: [
      { protocol: 'SASL_SSL', port: login },
      { protocol: 'SSL', port: certified },
    ],
    settings: [
      'ssl.keystore.type=PEM',
      `ssl.keystore.location=${keystore}`,
      'ssl.truststore.type=PEM',
      `ssl.truststore.location=${ca.cert}`,
      'listener.name.ssl.ssl.client.auth=required',
      // Long connections have to log in again and again, as at hosted brokers.
      'listener.name.sasl_ssl.connections.max.reauth.ms=4000',
      `listener.name.sasl_ssl.sasl.enabled.mechanisms=${MECHANISMS.join(',')}`,
      `listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_${USER}="${password}";`,
      ...scram.map(
        (mechanism) =>
          `listener.name.sasl_ssl.${mechanism.toLowerCase()}.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;`,
      ),
    ],
    format: scram.flatMap((mechanism) => ['-S', `${mechanism}=[name=${USER},password=${password}]`]),
  }).catch((error: unknown) => {
    rmSync(dir, { recursive: true, force: true });
    throw error;
  });
  return {
    broker,
    login: `127.0.0.1:${login}`,
    certified: `127.0.0.1:${certified}`,
    username: USER,
    password,
    files: { ca: ca.cert, cert: client.cert, key: client.key, stranger: stranger.cert },
    stop: async () => {
      await broker.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

interface Certificate {
  cert: string;
  key: string;
}

/** @param by who signs it; without one it is an authority that signs itself */
function certificate(dir: string, name: string, by?: Certificate): Certificate {
  const made = { cert: join(dir, `${name}.pem`), key: join(dir, `${name}.key`) };
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const files = ['-keyout', made.key, '-out', made.cert, '-days', '2', '-subj', `/CN=${name}`];
  const signed = by && ['-CA', by.cert, '-CAkey', by.key, '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', '-nodes', ...curve, ...files, ...(signed ?? [])], {
    stdio: 'ignore',
  });
  return made;
}
