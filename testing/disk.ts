// A small disk of a test's own under a volume of the engine: it can be full, and it can lose its power.
import { mkdir, mkdtemp, rm, rmdir, statfs, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run, tryRun } from '../host/programs';
import { docker } from './stack';

const mebibyte = 1024 * 1024;

export class Disk {
  private readonly unmounts: string[] = [];

  private constructor(
    private readonly folder: string,
    /** Where the volume's files are. */
    readonly place: string,
  ) {}

  /**
   * Makes a volume of the engine on a file system of its own, which is in a file on another one: what the outer one
   * holds is what a disk would hold, whatever is still in memory.
   */
  static async under(volume: string, sizeMiB: number): Promise<Disk> {
    await docker('volume', 'create', volume);
    const place = await docker('volume', 'inspect', '--format', '{{.Mountpoint}}', volume);
    const disk = new Disk(await mkdtemp(join(tmpdir(), 'timetracker-disk-')), place);
    try {
      await disk.mount(await disk.make('outer', sizeMiB + 200), disk.outer);
      await disk.mount(await disk.make('outer.d/disk', sizeMiB), place);
    } catch (error) {
      await disk.remove();
      throw error;
    }
    return disk;
  }

  private get outer(): string {
    return join(this.folder, 'outer.d');
  }

  /** Takes what is free, until `act` has ended. */
  async whileFull(act: () => Promise<void>): Promise<void> {
    const filler = join(this.place, 'filler');
    try {
      const { bavail, bsize } = await statfs(this.place);
      await run('fallocate', ['--length', String(bavail * bsize - 8 * mebibyte), filler]);
      // The rest by writing, which may be of fewer bytes than are said to be free.
      await tryRun('dd', ['if=/dev/zero', `of=${filler}.rest`, 'bs=64k', 'conv=fsync']);
      await act();
    } finally {
      for (const file of [filler, `${filler}.rest`]) await rm(file, { force: true });
    }
  }

  /**
   * The disk as it would be if the power failed now: what was in memory alone is not on it.
   *
   * @returns a folder where its copy is mounted
   */
  async afterPowerCut(): Promise<string> {
    const copy = join(this.folder, 'cut');
    // It holds back what the inner one writes, and tells it nothing.
    await run('fsfreeze', ['--freeze', this.outer]);
    try {
      // Its holes are none of the copy's: they would keep the host's disk busy, and whoever else waits for it.
      await run('cp', ['--sparse=always', join(this.outer, 'disk'), copy]);
    } finally {
      await run('fsfreeze', ['--unfreeze', this.outer]);
    }
    const place = join(this.folder, 'cut.d');
    await this.mount(copy, place);
    return place;
  }

  /** Those who still have files open there keep them until they end. */
  async remove(): Promise<void> {
    for (const place of this.unmounts.splice(0).reverse()) await run('umount', ['--lazy', place]);
    await rm(this.folder, { recursive: true, force: true });
  }

  private async make(name: string, sizeMiB: number): Promise<string> {
    const file = join(this.folder, name);
    await writeFile(file, '');
    await truncate(file, sizeMiB * mebibyte);
    await run('mkfs.ext4', ['-q', '-F', '-m', '0', file]);
    return file;
  }

  private async mount(file: string, place: string): Promise<void> {
    await mkdir(place, { recursive: true });
    await run('mount', ['-o', 'loop', file, place]);
    this.unmounts.push(place);
    // A database makes itself in an empty folder.
    await rmdir(join(place, 'lost+found')).catch(() => undefined);
  }
}
