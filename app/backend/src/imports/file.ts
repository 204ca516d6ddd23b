// What a file is, before anything is known of it: its encoding, and whether it is a table at all.
import { Problem } from '../problem.js';

export type Encoding = 'utf-8' | 'utf-16le' | 'utf-16be' | 'windows-1252';

/** A file that can be read from its beginning as often as is needed, in parts. */
export type Source = () => AsyncIterable<Uint8Array>;

/** Bytes that are looked at before anything is known. */
const HEAD = 4096;

const SAVE = 'In a spreadsheet, choose “Save as” or “Download”, and CSV UTF-8.';

/** What a file is that begins like this and is no table of text; with what to do. */
function kindOf(head: Buffer): [what: string, todo: string] | undefined {
  const begins = (...bytes: number[]) => bytes.every((byte, index) => head[index] === byte);
  const text = head
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart();
  if (begins(0x50, 0x4b)) {
    return /xl\/|\[Content_Types\]|mimetypeapplication\/vnd\.oasis/.test(text)
      ? ['a workbook (.xlsx or .ods)', SAVE]
      : ['a ZIP archive', 'Unpack it, and choose the CSV file that is in it.'];
  }
  if (begins(0xd0, 0xcf, 0x11, 0xe0)) return ['an old workbook (.xls)', SAVE];
  if (text.startsWith('%PDF')) return ['a PDF', 'Export a CSV file instead.'];
  if (begins(0x1f, 0x8b)) return ['compressed (gzip)', 'Unpack it first.'];
  if (begins(0x89, 0x50, 0x4e, 0x47) || begins(0xff, 0xd8, 0xff)) {
    return ['an image', 'Export a CSV file instead.'];
  }
  if (/^(?:<!doctype|<html|<head|<table|<body)/i.test(text)) {
    return [
      'a web page',
      'The download may have ended at a login or an error: log in there and export it again.',
    ];
  }
  if (text.startsWith('<')) return ['XML', 'Export a CSV file instead.'];
  if (/^[[{]\s*(?:["[{\]}]|$)/.test(text)) return ['JSON', 'Export a CSV file instead.'];
  return undefined;
}

/** Looks through a file. Throws a problem, 422, for what is no table of text, which says what it is. */
export async function examine(
  source: Source,
  given: Encoding | undefined,
): Promise<{ encoding: Encoding; guessed: boolean }> {
  let head = Buffer.alloc(0);
  let valid = true;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  for await (const bytes of source()) {
    if (head.length < HEAD) head = Buffer.concat([head, bytes]).subarray(0, HEAD);
    if (!valid) break;
    try {
      decoder.decode(bytes, { stream: true });
    } catch {
      valid = false;
    }
  }
  try {
    decoder.decode();
  } catch {
    valid = false;
  }
  if (head.length === 0) throw new Problem(422, 'The file is empty.');
  const kind = kindOf(head);
  if (kind) throw new Problem(422, `This is ${kind[0]}, not a CSV file. ${kind[1]}`);
  const marked = markOf(head);
  if (marked) return { encoding: marked, guessed: false };
  const even = head.filter((byte, index) => byte === 0 && index % 2 === 0).length;
  const odd = head.filter((byte, index) => byte === 0 && index % 2 === 1).length;
  if (Math.max(even, odd) > head.length / 4) {
    return { encoding: odd > even ? 'utf-16le' : 'utf-16be', guessed: true };
  }
  if (even + odd > head.length / 100 + 2) {
    throw new Problem(422, `This is a file for a program, not a CSV file. ${SAVE}`);
  }
  if (given) return { encoding: given, guessed: false };
  return valid
    ? { encoding: 'utf-8', guessed: false }
    : { encoding: 'windows-1252', guessed: true };
}

function markOf(head: Buffer): Encoding | undefined {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8';
  if (head[0] === 0xff && head[1] === 0xfe) return 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  return undefined;
}

/** The file's text, in parts, without a byte order mark. */
export async function* textOf(source: Source, encoding: Encoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  for await (const bytes of source()) yield decoder.decode(bytes, { stream: true });
  yield decoder.decode();
}
