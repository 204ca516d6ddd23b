// `npm run backup`: a backup at once, and which there are.
import { linesOf } from '../host/docker';
import type { Arguments } from './arguments';
import { Stack } from './stack';

/** A file on the volume of the backup tier. */
export interface BackupFile {
  readonly name: string;
  readonly bytes: number;
  /** Why it isn't one of those that count, are kept by number, and are pruned. */
  readonly exception?: keyof typeof exceptions;
}

/** As `backup list` has them, and what they mean. */
const exceptions = {
  ahead: 'dated in the future: the clock was ahead',
  partial: 'what could be read of a damaged database',
  foreign: 'not made by this stack',
} as const;

export async function main(args: Arguments): Promise<number> {
  const stack = new Stack(args.stack);
  const made = await stack.inTier('backup', 'backup', 'now');
  process.stdout.write(`${listBackups(await readBackups(stack), made)}\n`);
  return 0;
}

/** Those that count, the newest first, and then the others. */
export async function readBackups(stack: Stack): Promise<BackupFile[]> {
  return parseBackups(await stack.inTier('backup', 'backup', 'list'));
}

export function parseBackups(listed: string): BackupFile[] {
  return linesOf(listed).map((line) => {
    const [name = '', bytes, exception] = line.split(' ');
    return {
      name,
      bytes: Number(bytes),
      ...(exception !== undefined && { exception: exception as keyof typeof exceptions }),
    };
  });
}

/** The backup that a person means: a name, or `latest`, the newest of those that count. */
export function findBackup(backups: readonly BackupFile[], wish: string): BackupFile | undefined {
  return wish === 'latest'
    ? backups.find(({ exception }) => exception === undefined)
    : backups.find(({ name }) => name === wish);
}

/** A line a backup; the one that was just `made` is marked. */
export function listBackups(backups: readonly BackupFile[], made?: string): string {
  if (backups.length === 0) return 'There is no backup yet: npm run backup';
  return backups
    .map(({ name, bytes, exception }) => {
      const size = bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
      const note =
        name === made ? 'made and restored once, just now' : exception && exceptions[exception];
      return `${name}  ${size.padStart(10)}${note ? `  ${note}` : ''}`;
    })
    .join('\n');
}
