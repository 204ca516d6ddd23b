// Zips for tests: well made ones, and ones that lie.
import { deflateRawSync } from 'node:zlib';

export interface Entry {
  readonly name: string;
  readonly contents: Buffer | string;
  /** What the list says; default: the truth. */
  readonly size?: number;
  /** Unix type and mode; default: a file. */
  readonly mode?: number;
  readonly stored?: boolean;
}

export function zipOf(entries: readonly Entry[]): Buffer {
  const locals: Buffer[] = [];
  const list: Buffer[] = [];
  let at = 0;
  for (const { name, contents, size, mode = 0o100644, stored = false } of entries) {
    const plain = Buffer.from(contents);
    const packed = stored ? plain : deflateRawSync(plain);
    const local = Buffer.alloc(30 + Buffer.byteLength(name));
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(Buffer.byteLength(name), 26);
    local.write(name, 30);
    const head = Buffer.alloc(46 + Buffer.byteLength(name));
    head.writeUInt32LE(0x02014b50, 0);
    head.writeUInt16LE(stored ? 0 : 8, 10);
    head.writeUInt32LE(packed.length, 20);
    head.writeUInt32LE(size ?? plain.length, 24);
    head.writeUInt16LE(Buffer.byteLength(name), 28);
    head.writeUInt32LE((mode << 16) >>> 0, 38);
    head.writeUInt32LE(at, 42);
    head.write(name, 46);
    locals.push(local, packed);
    list.push(head);
    at += local.length + packed.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(
    list.reduce((sum, { length }) => sum + length, 0),
    12,
  );
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...locals, ...list, end]);
}
