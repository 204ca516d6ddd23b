// What a run of a pull request's code hands over, read as hostile input: that code wrote it.
import { closeSync, constants, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { Problem } from '../host/problem';

const kib = 1024;
const mib = 1024 * kib;

/** The files of a review, and how long each may be. */
const limits: Readonly<Record<string, number>> = {
  'review.json': 4 * mib,
  'review.md': 256 * kib,
  'review.html': 8 * mib,
};
/** Of a zip; what is in it may be as long as the limits say, and no more is unpacked. */
export const longestZip = 8 * mib;

/** Contents by name; of what nobody reads, no contents. */
export type Files = ReadonlyMap<string, Buffer>;

/** Thrown for input that is not a review: nothing of it is posted. */
export class Hostile extends Problem {}

/** The review's files in a folder: these names alone, no links, sizes looked at before reading. */
export function readFolder(folder: string): Files {
  const files = new Map<string, Buffer>();
  for (const entry of list(folder)) {
    const limit = limitOf(entry.name);
    if (!entry.isFile()) throw new Hostile(`${quoted(entry.name)} is not a file.`);
    if (isRead(entry.name)) files.set(entry.name, readFile(join(folder, entry.name), limit));
  }
  return files;
}

function list(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw new Problem(`The review can't be read: ${(error as Error).message}`);
  }
}

function readFile(path: string, limit: number): Buffer {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { size } = fstatSync(file);
    checkSize(path, size, limit);
    const contents = Buffer.alloc(size);
    return contents.subarray(0, readSync(file, contents, 0, size, 0));
  } finally {
    closeSync(file);
  }
}

/** The review's files in a zip: these names alone, no links, sizes looked at before unpacking. */
export function unzip(zip: Buffer): Files {
  try {
    return new Map(entriesOf(zip));
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Hostile(`The artifact is no zip that can be read: ${(error as Error).message}`);
  }
}

function* entriesOf(zip: Buffer): Generator<[string, Buffer]> {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  if (end < 0) throw new Hostile('The artifact is no zip.');
  const count = zip.readUInt16LE(end + 10);
  if (count > Object.keys(limits).length)
    throw new Hostile(`The artifact has ${count} files: a review has ${names()}.`);
  let at = zip.readUInt32LE(end + 16);
  const seen = new Set<string>();
  for (let index = 0; index < count; index++) {
    if (zip.readUInt32LE(at) !== 0x02014b50) throw new Hostile('The list of the zip is damaged.');
    const flags = zip.readUInt16LE(at + 8);
    const method = zip.readUInt16LE(at + 10);
    const packed = zip.readUInt32LE(at + 20);
    const size = zip.readUInt32LE(at + 24);
    const nameLength = zip.readUInt16LE(at + 28);
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    const limit = limitOf(name);
    if (seen.has(name)) throw new Hostile(`${name} is there twice.`);
    seen.add(name);
    const kind = (zip.readUInt32LE(at + 38) >>> 16) & 0o170000;
    if (kind !== 0 && kind !== 0o100000) throw new Hostile(`${name} is not a file.`);
    if (flags & 1 || (method !== 0 && method !== 8))
      throw new Hostile(`${name} is packed in a way that isn't read.`);
    checkSize(name, size, limit);
    if (isRead(name)) {
      const local = zip.readUInt32LE(at + 42);
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const contents = zip.subarray(start, start + packed);
      // One byte more than it may have is an error of zlib's.
      yield [name, method === 0 ? contents : inflateRawSync(contents, { maxOutputLength: limit })];
    }
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
}

/** The page is for people who download it; nothing here opens it. */
function isRead(name: string): boolean {
  return name !== 'review.html';
}

function limitOf(name: string): number {
  const limit = Object.hasOwn(limits, name) ? limits[name] : undefined;
  if (limit === undefined)
    throw new Hostile(`${quoted(name)} is no file of a review: those are ${names()}.`);
  return limit;
}

function names(): string {
  return Object.keys(limits).join(', ');
}

function checkSize(name: string, size: number, limit: number): void {
  if (size > limit)
    throw new Hostile(`${name} has ${size} bytes: more than ${limit} of a review are not read.`);
}

/** What of a review's data the posting needs: nothing of it is believed where the forge knows better. */
export interface ReviewData {
  /** The commit that was reviewed; undefined where there is no review, and the text says why. */
  readonly head: string | undefined;
}

/** The one place that knows the format of review.json. */
export function readReview(files: Files): { readonly data: ReviewData; readonly text: string } {
  const [json, markdown] = ['review.json', 'review.md'].map((name) => {
    const contents = files.get(name);
    if (!contents) throw new Hostile(`The review has no ${name}.`);
    return contents.toString('utf8');
  });
  let data: unknown;
  try {
    data = JSON.parse(json ?? '');
  } catch {
    throw new Hostile('review.json is no JSON.');
  }
  const { outcome, head } = (data ?? {}) as {
    outcome?: unknown;
    head?: { commit?: unknown } | null;
  };
  const commit = head?.commit;
  const isKnown = typeof commit === 'string' && isCommit(commit);
  // One that could not be made may not even know what of.
  if (!isKnown && !(outcome === 'failed' && commit === ''))
    throw new Hostile('review.json does not say which commit was reviewed (head.commit).');
  if (!markdown?.trim()) throw new Hostile('review.md is empty.');
  return { data: { head: isKnown ? commit : undefined }, text: markdown };
}

export function isCommit(text: string): boolean {
  return /^[0-9a-f]{40}([0-9a-f]{24})?$/.test(text);
}

/** A foreign word for a message: short, on one line, without anything that a terminal or a forge acts on. */
export function quoted(text: string): string {
  const plain = text.replaceAll(/[^\w ./:+=-]/g, '?');
  return `"${plain.length > 80 ? `${plain.slice(0, 80)}…` : plain}"`;
}

/** Not seen, and neither forge's parser looks over it. */
const gap = '\u200b';

/** Letters that aren't seen, or that change the direction of what is. */
const unseen =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|[\u{e0000}-\u{e007f}]/gu;

const risky = new RegExp(
  [
    // What has to be written so, and stays: letters, and the colours of the picture, which no forge takes for issues.
    '(?<letter>&(?:lt|gt|amp|quot|nbsp|#39|#124);|(?:fill|stroke|color):#[0-9a-f]{3}(?=,|\\n))',
    // A link with a plain target; it is looked at below.
    String.raw`\]\((?<target>[^()\s<>\\]*)\)`,
    // Any other link, definition of a link (three colons are a class in a picture), or wiki link.
    String.raw`\](?=[([]|:(?!::))|\[(?=\[)`,
    // An address, with or without its scheme.
    String.raw`\/(?=\\*\/)|\bwww(?=\.)`,
    // An image.
    String.raw`!(?=\[)`,
    // A person, a team, a commit elsewhere; an issue, a pull request.
    String.raw`@|#(?=\d)|!(?=\d)|\bGH-(?=\d)`,
    // A tag, unless it is one that only folds or sets type.
    String.raw`<(?!\/?(?:details|summary|b|br|code|sub|sup)>)(?=[a-z/!?])`,
    // Any other letter by its number or name.
    '&(?=[#a-z])',
    // A command to a bot that listens to comments.
    String.raw`\/(?=[a-z])(?<=^[ \t]*\/)`,
  ].join('|'),
  'gim',
);

/**
 * Markdown that mentions nobody, links to nothing but this repository's files, loads nothing and has no HTML
 * but folds. It is kept apart from all structure: a character that starts something gets a gap after it,
 * wherever it stands, so that no parser's idea of what is code can be turned against it.
 *
 * @param files address of the files at the commit that was reviewed; links that name a file alone go there
 */
export function harmless(markdown: string, files: string): string {
  return markdown
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(unseen, '')
    .replaceAll(risky, (found: string, ...more: unknown[]) => {
      const { letter, target } = more.at(-1) as Readonly<Record<string, string | undefined>>;
      if (letter !== undefined) return letter;
      if (target === undefined) return `${found}${gap}`;
      const file = fileOf(target, files);
      return file === undefined ? `]${gap}(${harmless(target, files)})` : `](${files}/${file})`;
    });
}

/** The file and lines that a link means, if it means one of this repository's at this commit. */
function fileOf(target: string, files: string): string | undefined {
  const isWhole = target.startsWith(`${files}/`);
  const path = isWhole ? target.slice(files.length + 1) : target;
  const fits = /^(?:\.\/)?((?:[\w-][\w.-]*\/)*[\w.-]*\w(#L\d+(?:-L\d+)?)?)$/.exec(path);
  if (!fits || path.includes('..')) return undefined;
  // Without lines it may be code, such as list[0](item).
  return isWhole || fits[2] ? fits[1] : undefined;
}
