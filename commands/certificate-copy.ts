// A copy of what the edge proves itself with, for a move to another server: certificates, their keys, the account
// at the authority, and the root of an edge that signs for itself. One file of JSON.
import { X509Certificate } from 'node:crypto';
import { docker, linesOf } from '../host/docker';
import { Problem } from '../host/problem';

/** Where the edge keeps them, on a volume. */
const folder = '/var/lib/caddy';
const format = 'timetracker-certificates';
/** Those of a few names take some 20 files of 4 kB. */
const mostFiles = 2000;
const longestFile = 64 * 1024;
/** What is worth keeping of the folder: no locks, and no marks of this server. */
const kept = ['acme', 'certificates', 'pki'];

/** Path below the folder, and what is in it. */
export type Files = ReadonlyMap<string, Buffer>;

/** Reads what a running edge has. */
export async function readFiles(container: string): Promise<Files> {
  const script = `cd ${folder} && find ${kept.join(' ')} -type f 2>/dev/null | while read -r file; do echo "$file $(base64 "$file" | tr -d '\\n')"; done`;
  const lines = linesOf(await docker(['exec', container, 'sh', '-c', script]));
  return new Map(
    lines.map((line) => {
      const [path = '', text = ''] = line.split(' ');
      return [path, Buffer.from(text, 'base64')];
    }),
  );
}

/** Puts files beside what is there; where both have one, the copy's stays. Each is whole, or as it was. */
const writing = `set -e; umask 077; cd ${folder}
while read -r file text; do
  mkdir -p "$(dirname "$file")"; echo "$text" | base64 -d >"$file.new"; mv "$file.new" "$file"
done`;

/** Into a running edge, which reads them when it starts anew. */
export async function writeFiles(container: string, files: Files): Promise<void> {
  await docker(['exec', '-i', container, 'sh', '-c', writing], { input: linesFor(files) });
}

/**
 * Into the volume of an edge that isn't there yet.
 *
 * @param image any that has a shell
 * @param user id of the edge's user
 */
export async function fillVolume(
  volume: string,
  image: string,
  files: Files,
  user = 1000,
): Promise<void> {
  const script = `${writing}\nchown -R ${user}:${user} ${folder}`;
  await docker(
    [
      ...[
        'run',
        '--rm',
        '-i',
        '--user',
        '0',
        '--network',
        'none',
        '--volume',
        `${volume}:${folder}`,
      ],
      ...['--entrypoint', 'sh', image, '-c', script],
    ],
    { input: linesFor(files) },
  );
}

function linesFor(files: Files): string {
  return [...files].map(([path, data]) => `${path} ${data.toString('base64')}\n`).join('');
}

/** As it stands in the file. */
export function formatCopy(files: Files): string {
  const entries = [...files].map(([path, data]) => [path, data.toString('base64')]);
  return `${JSON.stringify({ format, files: Object.fromEntries(entries) }, undefined, 1)}\n`;
}

/**
 * Reads a copy, which may come from anywhere.
 *
 * @throws Problem if it isn't one, is cut, or has anything that doesn't belong to an edge
 */
export function parseCopy(text: string, from: string): Files {
  const refuse = (why: string): never => {
    throw new Problem(`${from} ${why}. One is made with: npm run certificate -- save <file>`);
  };
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    return refuse('is no copy of certificates, or not all of one');
  }
  const copy = raw as { format?: unknown; files?: unknown } | null;
  if (typeof copy !== 'object' || copy === null || copy.format !== format)
    return refuse('is no copy of certificates');
  if (typeof copy.files !== 'object' || copy.files === null) return refuse('has no files');
  const entries = Object.entries(copy.files);
  if (entries.length > mostFiles) refuse(`has more than ${mostFiles} files`);
  const files = new Map(
    entries.map(([path, data]: [string, unknown]) => {
      const [top = '', ...rest] = path.split('/');
      const isPlain = (part: string) => /^[\w.@+-]{1,255}$/.test(part) && !/^\.+$/.test(part);
      if (!kept.includes(top) || rest.length === 0 || rest.length > 6 || !rest.every(isPlain))
        refuse(`names a file that no edge has: ${JSON.stringify(path.slice(0, 80))}`);
      if (typeof data !== 'string' || !/^[A-Za-z0-9+/]*={0,2}$/.test(data))
        return refuse(`has something else than a file at ${path}`);
      const bytes = Buffer.from(data, 'base64');
      if (bytes.length > longestFile) refuse(`has a file of ${bytes.length} bytes at ${path}`);
      return [path, bytes] as const;
    }),
  );
  if (certificatesOf(files).length === 0) refuse('has no certificate with its key');
  return files;
}

export interface Named {
  /** Of the names that it is for. */
  readonly names: string;
  readonly certificate: X509Certificate;
}

/** The certificates that have their key beside them, and the root of an edge that signs for itself. */
export function certificatesOf(files: Files): Named[] {
  return [...files]
    .filter(([path]) => path.endsWith('.crt') && files.has(path.replace(/\.crt$/, '.key')))
    .flatMap(([, data]) => {
      try {
        const certificate = new X509Certificate(data);
        const names = certificate.subjectAltName?.replaceAll('DNS:', '') ?? certificate.subject;
        return [{ names, certificate }];
      } catch {
        return [];
      }
    });
}

/** A line a certificate: its names and its last day. */
export function listOf(files: Files): string {
  return certificatesOf(files)
    .map(
      ({ names, certificate }) =>
        `${names.replaceAll('\n', ', ')}  until ${new Date(certificate.validTo).toISOString().slice(0, 10)}\n`,
    )
    .sort()
    .join('');
}
