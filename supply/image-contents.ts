// What an image says of its own contents: Debian's or Alpine's list of packages, Caddy's of Go modules.
import { compare } from './packages';

export interface Part {
  /** Which list it is from. */
  readonly kind: 'deb' | 'apk' | 'golang';
  readonly name: string;
  readonly version: string;
}

/** /var/lib/dpkg/status: what is installed of it. */
export function debianParts(status: string): Part[] {
  return paragraphs(status)
    .filter((fields) => /^install ok installed$/.test(fields.get('Status') ?? ''))
    .map((fields) => part('deb', fields.get('Package'), fields.get('Version')))
    .sort(byName);
}

/** /lib/apk/db/installed */
export function alpineParts(installed: string): Part[] {
  return paragraphs(installed)
    .filter((fields) => fields.has('P'))
    .map((fields) => part('apk', fields.get('P'), fields.get('V')))
    .sort(byName);
}

/** `caddy build-info`, which is Go's: `dep<tab>module<tab>version<tab>sum`. */
export function goParts(buildInfo: string): Part[] {
  return [...buildInfo.matchAll(/^\s*(?:dep|mod)\t(\S+)\t(\S+)/gm)]
    .map(([, name, version]) => part('golang', name, version))
    .sort(byName);
}

function part(kind: Part['kind'], name = '', version = ''): Part {
  return { kind, name, version };
}

const byName = (a: Part, b: Part) => compare(a.name, b.name);

/** `Key: value` or `K:value`, a line each; an empty line ends one, a line that begins with a space goes on. */
function paragraphs(text: string): ReadonlyMap<string, string>[] {
  return text
    .split(/\n{2,}/)
    .filter((block) => block.trim() !== '')
    .map(
      (block) =>
        new Map(
          [...block.matchAll(/^(\w[\w-]*): ?(.*)$/gm)].map(([, key = '', value = '']) => [
            key,
            value,
          ]),
        ),
    );
}
