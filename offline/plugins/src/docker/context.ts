// A build context: the files that a build sees, their digest, and the archive that the engine gets.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import dockerignore from '@balena/dockerignore';
import { pack } from 'tar-stream';

interface Entry {
  /** Relative to the context, with slashes. */
  path: string;
  kind: 'file' | 'directory' | 'symlink';
  mode: number;
  size: number;
  mtime: Date;
}

async function ignoreRules(context: string, dockerfile: string): Promise<string[]> {
  for (const name of [`${dockerfile}.dockerignore`, '.dockerignore']) {
    const text = await readFile(join(context, name), 'utf8').catch(() => undefined);
    if (text !== undefined) return text.split(/\r?\n/);
  }
  return [];
}

/** The files of a context in a fixed order. `dockerfile` is relative to the context. */
export async function entries(context: string, dockerfile: string): Promise<Entry[]> {
  const rules = await ignoreRules(context, dockerfile);
  const filter = dockerignore({ ignorecase: false }).add(rules);
  const hasExceptions = rules.some((rule) => rule.trim().startsWith('!'));
  const needed = [dockerfile, `${dockerfile}.dockerignore`, '.dockerignore'];
  const found: Entry[] = [];

  async function walk(folder: string): Promise<void> {
    const names = (await readdir(join(context, folder))).sort();
    for (const name of names) {
      const path = folder ? `${folder}/${name}` : name;
      const isIgnored = filter.ignores(path) && !needed.includes(path);
      const leads = needed.some((file) => file.startsWith(`${path}/`));
      const stat = await lstat(join(context, path));
      const { mtime, size } = stat;
      const mode = stat.mode & 0o7777;
      if (stat.isDirectory()) {
        if (!isIgnored) found.push({ path, kind: 'directory', mode, size: 0, mtime });
        if (!isIgnored || hasExceptions || leads) await walk(path);
      } else if (!isIgnored && stat.isFile()) {
        found.push({ path, kind: 'file', mode, size, mtime });
      } else if (!isIgnored && stat.isSymbolicLink()) {
        found.push({ path, kind: 'symlink', mode: 0o777, size: 0, mtime });
      }
    }
  }

  await walk('');
  return found;
}

/** Changes with any name, mode or content that the build can see. */
export async function digest(context: string, dockerfile: string): Promise<string> {
  const whole = createHash('sha256');
  for (const { path, kind, mode } of await entries(context, dockerfile)) {
    if (kind === 'directory') continue;
    const content = createHash('sha256');
    if (kind === 'symlink') content.update(await readlink(join(context, path)));
    else await pipeline(createReadStream(join(context, path)), content);
    whole.update(`${path}\0${kind}\0${mode.toString(8)}\0${content.digest('hex')}\n`);
  }
  return whole.digest('hex');
}

export async function archive(context: string, dockerfile: string): Promise<Readable> {
  const list = await entries(context, dockerfile);
  const tar = pack();
  const add = async ({ path, kind, mode, size, mtime }: Entry): Promise<void> => {
    const header = { name: path, type: kind, mode, mtime, uid: 0, gid: 0 };
    if (kind === 'file') {
      await pipeline(createReadStream(join(context, path)), tar.entry({ ...header, size }));
    } else if (kind === 'symlink') {
      tar.entry({ ...header, linkname: await readlink(join(context, path)) });
    } else {
      tar.entry(header);
    }
  };
  (async () => {
    for (const entry of list) await add(entry);
    tar.finalize();
  })().catch((error: Error) => tar.destroy(error));
  return Readable.from(tar);
}
