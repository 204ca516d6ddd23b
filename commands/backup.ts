// `npm run backup`: a backup at once, and which there are.
import type { Arguments } from './arguments';
import { Stack } from './stack';

/** A file on the volume of the backup tier. */
export interface BackupFile {
  readonly name: string;
  readonly bytes: number;
}

export async function main(args: Arguments): Promise<number> {
  const stack = new Stack(args.stack);
  const made = await stack.inTier('backup', 'backup', 'now');
  process.stdout.write(`${listBackups(await readBackups(stack), made)}\n`);
  return 0;
}

/** The newest first. */
export async function readBackups(stack: Stack): Promise<BackupFile[]> {
  const listed = await stack.inTier('backup', 'backup', 'list');
  return listed
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      const [name = '', bytes] = line.split(' ');
      return { name, bytes: Number(bytes) };
    });
}

/** A line a backup; the one that was just `made` is marked. */
export function listBackups(backups: readonly BackupFile[], made?: string): string {
  if (backups.length === 0) return 'There is no backup yet: npm run backup';
  return backups
    .map(({ name, bytes }) => {
      const size = bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
      return `${name}  ${size.padStart(10)}${name === made ? '  made and restored once, just now' : ''}`;
    })
    .join('\n');
}
