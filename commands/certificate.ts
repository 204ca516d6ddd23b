// `npm run certificate`: what the site proves itself with, and until when; `-- root` prints the edge's own root.
import { X509Certificate } from 'node:crypto';
import { lateDays } from '../app/watch/src/lines';
import { Problem } from '../host/problem';
import type { Arguments } from './arguments';
import { readCauses } from './certificate-cause';
import { Stack } from './stack';

const rootFile = '/var/lib/caddy/pki/authorities/local/root.crt';
/** Those of names that the site doesn't have any more are there, too. */
export const everyCertificate =
  'echo "$TLS|$DOMAINS"; cat /run/secrets/tls_certificate /var/lib/caddy/certificates/*/*/*.crt 2>/dev/null; true';

export async function main({ stack: name, words }: Arguments): Promise<number> {
  const stack = new Stack(name);
  const [what] = words;
  if (what !== undefined && what !== 'root')
    throw new Problem(`"${what}" is not root: npm run help -- certificate`);
  if (what === 'root') {
    const [mode] = (await stack.inTier('edge', 'sh', '-c', 'echo "$TLS"')).split('\n');
    if (mode !== 'internal')
      throw new Problem(
        `Stack ${stack.name} signs nothing itself: its certificates come from an authority that browsers know, ` +
          'or from its config (tls is not internal).',
      );
    process.stdout.write(`${(await stack.inTier('edge', 'cat', rootFile)).trim()}\n`);
    return 0;
  }
  const { mode, domains, certificates } = readCertificates(
    await stack.inTier('edge', 'sh', '-c', everyCertificate),
  );
  if (mode === 'off' || domains.length === 0)
    throw new Problem(
      `Stack ${stack.name} has no name and so no certificate: ` +
        `pulumi config set --stack ${stack.name} domain hours.example.org`,
    );
  const { text, isWell } = await reportWithCauses(stack, domains, certificates);
  process.stdout.write(text);
  return isWell ? 0 : 1;
}

/** What the edge's container printed: its mode and names, then PEM. */
export function readCertificates(output: string): {
  readonly mode: string;
  readonly domains: readonly string[];
  readonly certificates: readonly X509Certificate[];
} {
  const [mode = '', names = ''] = (output.split('\n', 1)[0] ?? '').split('|');
  const blocks = output.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return {
    mode,
    domains: names.split(' ').filter(Boolean),
    certificates: blocks.map((block) => new X509Certificate(block)),
  };
}

const day = 86_400_000;

/** The log is asked only where something is wrong. */
export async function reportWithCauses(
  stack: Stack,
  domains: readonly string[],
  certificates: readonly X509Certificate[],
): Promise<Report> {
  const now = new Date();
  const first = report(domains, certificates, now);
  if (first.isWell) return first;
  return report(domains, certificates, now, await readCauses(stack, domains));
}

export interface Report {
  readonly text: string;
  readonly isWell: boolean;
}

/** A line a name; all is well if each has a certificate that isn't late to be renewed. */
export function report(
  domains: readonly string[],
  certificates: readonly Pick<X509Certificate, 'checkHost' | 'validFrom' | 'validTo' | 'issuer'>[],
  now: Date,
  causes: ReadonlyMap<string, string> = new Map(),
): Report {
  let isWell = true;
  const lines = domains.map((domain) => {
    const cause = causes.get(domain) ?? "the edge's log says why";
    const [best] = certificates
      .filter((certificate) => certificate.checkHost(domain, { subject: 'never' }))
      .sort((a, b) => Date.parse(b.validTo) - Date.parse(a.validTo));
    if (!best) {
      isWell = false;
      return `${domain}  has no certificate yet: ${cause}`;
    }
    const left = (Date.parse(best.validTo) - now.getTime()) / day;
    const until = `until ${new Date(best.validTo).toISOString().slice(0, 10)}`;
    const from = /(?:^|\n)(?:O|CN)=(.*)/.exec(best.issuer)?.[1] ?? 'itself';
    if (left < lateDays(best)) isWell = false;
    const days = Math.floor(left);
    const state =
      left < 0
        ? `has ended, and was not renewed: ${cause}`
        : left < lateDays(best)
          ? `${days} days left, and not renewed: ${cause}`
          : `${days} days left`;
    return `${domain}  ${until}, by ${from}: ${state}`;
  });
  return { text: `${lines.join('\n')}\n`, isWell };
}
