// A self-signed certificate that follows from its key alone, so that a second plan makes the same bytes.
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type * as x509 from '@peculiar/asn1-x509';

/** A key and its certificate, both PEM. */
export interface Certified {
  readonly key: string;
  readonly certificate: string;
}

/** DER of an Ed25519 key in PKCS #8, up to the key's 32 bytes (RFC 8410). */
const pkcs8 = Buffer.from('302e020100300506032b657004220420', 'hex');
const ed25519 = '1.3.101.112';
const commonName = '2.5.4.3';
const serverAuth = '1.3.6.1.5.5.7.3.1';
/** Whoever trusts it trusts these very bytes, so that a day on which it ends would only be one on which all stands still. */
const validity = {
  from: new Date('2000-01-01T00:00:00Z'),
  // RFC 5280: no known end.
  to: new Date('9999-12-31T23:59:59Z'),
};

/**
 * Ed25519, since its signatures have no chance in them: key, name and dates give the certificate.
 *
 * @param seed 32 bytes
 * @param host the DNS name that clients check
 */
export function certify(seed: Uint8Array, host: string): Certified {
  // Loaded here: only Swarm needs it, and it costs a tenth of a second.
  const { AsnConvert, OctetString } =
    require('@peculiar/asn1-schema') as typeof import('@peculiar/asn1-schema');
  const asn1 = require('@peculiar/asn1-x509') as typeof x509;

  const key = createPrivateKey({
    key: Buffer.concat([pkcs8, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' });
  const algorithm = new asn1.AlgorithmIdentifier({ algorithm: ed25519 });
  const subject = new asn1.Name([
    new asn1.RelativeDistinguishedName([
      new asn1.AttributeTypeAndValue({
        type: commonName,
        value: new asn1.AttributeValue({ utf8String: host }),
      }),
    ]),
  ]);
  const extension = (extnID: string, critical: boolean, value: unknown) =>
    new asn1.Extension({
      extnID,
      critical,
      extnValue: new OctetString(AsnConvert.serialize(value)),
    });
  const serial = createHash('sha256').update(publicKey).digest().subarray(0, 16);
  // Positive, and without a leading zero.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;

  const tbsCertificate = new asn1.TBSCertificate({
    version: asn1.Version.v3,
    serialNumber: bytes(serial),
    signature: algorithm,
    issuer: subject,
    validity: new asn1.Validity({ notBefore: validity.from, notAfter: validity.to }),
    subject,
    subjectPublicKeyInfo: AsnConvert.parse(publicKey, asn1.SubjectPublicKeyInfo),
    extensions: new asn1.Extensions([
      extension(asn1.id_ce_basicConstraints, true, new asn1.BasicConstraints({ cA: false })),
      extension(asn1.id_ce_keyUsage, true, new asn1.KeyUsage(asn1.KeyUsageFlags.digitalSignature)),
      extension(asn1.id_ce_extKeyUsage, false, new asn1.ExtendedKeyUsage([serverAuth])),
      extension(
        asn1.id_ce_subjectAltName,
        false,
        new asn1.SubjectAlternativeName([new asn1.GeneralName({ dNSName: host })]),
      ),
    ]),
  });
  const signature = sign(null, Buffer.from(AsnConvert.serialize(tbsCertificate)), key);
  const certificate = new asn1.Certificate({
    tbsCertificate,
    signatureAlgorithm: algorithm,
    signatureValue: bytes(signature),
  });
  return {
    key: key.export({ format: 'pem', type: 'pkcs8' }).toString(),
    certificate: pem(Buffer.from(AsnConvert.serialize(certificate))),
  };
}

function bytes(buffer: Buffer): ArrayBuffer {
  return new Uint8Array(buffer).buffer;
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}
