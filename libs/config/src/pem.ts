// Settings that hold a certificate or a key: whether they can be read, told at start and without repeating them.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { ValidateBy } from 'class-validator';

/** At least one certificate, in PEM. */
export const IsCertificates = (): PropertyDecorator =>
  ValidateBy({
    name: 'certificates',
    validator: {
      validate: (text) => toCertificate(text) !== undefined,
      defaultMessage: () =>
        'must be a certificate in PEM; the variable with _FILE behind its name takes a file',
    },
  });

/** The private key of a certificate, in PEM. @param certificate as it stands in the same config */
export const IsPrivateKeyOf = <T>(certificate: (config: T) => string | undefined): PropertyDecorator =>
  ValidateBy({
    name: 'privateKey',
    validator: {
      validate: (text, args) => isKeyOf(toCertificate(certificate(args!.object as T)), text),
      defaultMessage: () => 'must be the key of that certificate in PEM, without a passphrase',
    },
  });

/** The first one. */
function toCertificate(text: unknown): X509Certificate | undefined {
  if (typeof text !== 'string' || !text.includes('-----BEGIN CERTIFICATE-----')) return undefined;
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}

function isKeyOf(certificate: X509Certificate | undefined, text: unknown): boolean {
  if (typeof text !== 'string') return false;
  try {
    const key = createPrivateKey(text);
    // What is wrong with a certificate is told of the certificate.
    return certificate === undefined || certificate.checkPrivateKey(key);
  } catch {
    return false;
  }
}
