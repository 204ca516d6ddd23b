// `npm run certificate`: what the site proves itself with, and until when; `-- root` prints the edge's own root;
// `-- save` and `-- load` take it along to another server.
import { X509Certificate } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { lateDays } from '../app/watch/src/lines';
import { docker } from '../host/docker';
import { Problem } from '../host/problem';
import { until } from '../host/wait';
import type { Arguments } from './arguments';
import { baseImageReferences } from './base-images';
import { readCauses } from './certificate-cause';
import {
  fillVolume,
  formatCopy,
  listOf,
  parseCopy,
  readFiles,
  writeFiles,
} from './certificate-copy';
import { Stack } from './stack';
import { confirm } from './terminal';

const rootFile = '/var/lib/caddy/pki/authorities/local/root.crt';
/** Those of names that the site doesn't have any more are there, too. */
export const everyCertificate =
  'echo "$TLS|$DOMAINS"; cat /run/secrets/tls_certificate /var/lib/caddy/certificates/*/*/*.crt 2>/dev/null; true';

/** How long an edge may take to start, in seconds. */
const edgeStarts = 60;

export async function main({ stack: name, words, yes }: Arguments): Promise<number> {
  const stack = new Stack(name);
  const [what, file] = words;
  const takesFile = what === 'save' || what === 'load';
  if (what !== undefined && what !== 'root' && !takesFile)
    throw new Problem(`"${what}" is not root, save or load: npm run help -- certificate`);
  if (takesFile !== (file !== undefined))
    throw new Problem(
      takesFile
        ? `Say which file: npm run certificate -- ${what} certificates.json`
        : `"${what}" takes no file: npm run help -- certificate`,
    );
  if (what === 'save') return save(stack, file ?? '');
  if (what === 'load') return load(stack, file ?? '', yes);
  if (what === 'root') return root(stack);
  return tell(stack);
}

async function root(stack: Stack): Promise<number> {
  const tier = await stack.certificateTier();
  const [mode] = (await stack.inTier(tier, 'sh', '-c', 'echo "$TLS"')).split('\n');
  if (mode !== 'internal')
    throw new Problem(
      `Stack ${stack.name} signs nothing itself: its certificates come from an authority that browsers know, ` +
        'or from its config (tls is not internal).',
    );
  process.stdout.write(`${(await stack.inTier(tier, 'cat', rootFile)).trim()}\n`);
  return 0;
}

async function save(stack: Stack, file: string): Promise<number> {
  const [edge] = await stack.containers(await stack.certificateTier());
  if (!edge) throw new Problem(`The edge of stack ${stack.name} does not run here.`);
  const files = await readFiles(edge);
  const list = listOf(files);
  if (list === '') throw new Problem(`Stack ${stack.name} has no certificate to save.`);
  // Nothing that is there is lost: it may hold the only keys.
  await writeFile(file, formatCopy(files), { mode: 0o600, flag: 'wx' }).catch((error) => {
    const { code } = error as NodeJS.ErrnoException;
    throw new Problem(
      code === 'EEXIST' ? `${file} is there already.` : `${file} can not be written: ${code}.`,
    );
  });
  process.stdout.write(`${list}${file} has them, with their keys: keep it like a password.\n`);
  return 0;
}

async function load(stack: Stack, file: string, yes: boolean): Promise<number> {
  const text = await readFile(file, 'utf8').catch((error) => {
    throw new Problem(`${file} can not be read: ${(error as NodeJS.ErrnoException).code}.`);
  });
  const files = parseCopy(text, file);
  process.stdout.write(listOf(files));
  const tier = await stack.certificateTier();
  const [edge] = await stack.containers(tier);
  const away =
    edge && tier === 'edge' ? ' Its edge starts anew: some seconds without service.' : '';
  if (!(await confirm(`Put them into stack ${stack.name}?${away}`, yes))) {
    process.stdout.write('Nothing was changed.\n');
    return 1;
  }
  if (!edge) {
    const { caddy } = await baseImageReferences(stack);
    await fillVolume(`${stack.prefix}-edge-certificates`, caddy, files);
    process.stdout.write('The edge finds them when it comes: npm run prod\n');
    return 0;
  }
  await writeFiles(edge, files);
  await docker(['stop', edge]);
  await until(
    async () => (await stack.containers(tier, 'health=healthy')).some((id) => id !== edge),
    edgeStarts,
    `They are there, but the ${tier} did not start: see docker service logs ${stack.prefix}-${tier}`,
  );
  process.stdout.write('The edge has them.\n');
  return 0;
}

async function tell(stack: Stack): Promise<number> {
  const { mode, domains, certificates } = readCertificates(
    await stack.inTier(await stack.certificateTier(), 'sh', '-c', everyCertificate),
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
