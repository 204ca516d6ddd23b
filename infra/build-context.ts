// The folder that a build gets: what the ignore file lets through of a tier's, the same bit for bit
// wherever and under whatever umask the repository was cloned. The provider counts modes, and an
// image keeps modes and times.
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import ignoreFile from '@balena/dockerignore';

/** When every file of a context was changed last, as far as a build can see. */
const fixedTime = new Date('2000-01-01T00:00:00Z');

export interface ContextFile {
  /** Relative to the context, with forward slashes. */
  readonly path: string;
  readonly executable: boolean;
  readonly content: Buffer;
}

/**
 * The files that a build of this folder takes, in a fixed order: its Dockerfile, and what
 * .dockerignore lets through.
 *
 * @throws Error for a link, which would be another file on another machine
 */
export function contextFiles(folder: string): ContextFile[] {
  const ignored = ignoreFile();
  const ignorePath = path.join(folder, '.dockerignore');
  if (fs.existsSync(ignorePath)) ignored.add(fs.readFileSync(ignorePath, 'utf8'));
  return listFiles(folder)
    .filter((file) => file === 'Dockerfile' || !ignored.ignores(file))
    .sort()
    .map((file) => {
      const full = path.join(folder, file);
      const stat = fs.lstatSync(full);
      if (!stat.isFile())
        throw new Error(
          `${full} is a link: a build takes files alone; replace it by what it names, or list it in .dockerignore`,
        );
      return {
        path: file,
        // The one bit that git keeps.
        executable: (stat.mode & 0o100) !== 0,
        content: fs.readFileSync(full),
      };
    });
}

/** Names what a context is made of, and nothing else: not its place, times, owners or other modes. */
export function contextDigest(files: readonly ContextFile[]): string {
  const hash = createHash('sha256');
  for (const { path, executable, content } of files)
    hash.update(JSON.stringify([path, executable, content.length])).update(content);
  return hash.digest('hex');
}

/**
 * Makes a folder hold exactly these files, with modes and times that are the same everywhere.
 * Only what differs is written, so that a plan with nothing new touches nothing.
 */
export function writeContext(files: readonly ContextFile[], target: string): void {
  const wanted = new Set(files.map((file) => file.path));
  for (const file of listFiles(target)) if (!wanted.has(file)) fs.rmSync(path.join(target, file));
  for (const file of files) {
    const full = path.join(target, file.path);
    const mode = file.executable ? 0o755 : 0o644;
    if (isSame(full, file.content, mode)) continue;
    makeFolders(target, path.dirname(full));
    // Beside it and then in its place: another plan may be reading it.
    const unfinished = `${full}.${process.pid}.unfinished`;
    fs.writeFileSync(unfinished, file.content);
    fs.chmodSync(unfinished, mode);
    fs.utimesSync(unfinished, fixedTime, fixedTime);
    fs.renameSync(unfinished, full);
  }
  for (const folder of listFolders(target)) fs.utimesSync(folder, fixedTime, fixedTime);
}

function isSame(file: string, content: Buffer, mode: number): boolean {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  return (
    stat?.isFile() === true &&
    (stat.mode & 0o777) === mode &&
    stat.mtimeMs === fixedTime.getTime() &&
    stat.size === content.length &&
    fs.readFileSync(file).equals(content)
  );
}

function makeFolders(top: string, folder: string): void {
  if (folder !== top) makeFolders(top, path.dirname(folder));
  fs.mkdirSync(folder, { recursive: true });
  fs.chmodSync(folder, 0o755);
}

/** Files and links below a folder, with forward slashes; never those of installed packages, which no build takes. */
function listFiles(folder: string, below = ''): string[] {
  if (!fs.existsSync(path.join(folder, below))) return [];
  return fs.readdirSync(path.join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const file = path.posix.join(below, entry.name);
    if (entry.name === 'node_modules') return [];
    if (entry.isDirectory()) return listFiles(folder, file);
    return entry.isFile() || entry.isSymbolicLink() ? [file] : [];
  });
}

/** The folder and those below it, the deepest first. */
function listFolders(folder: string): string[] {
  if (!fs.existsSync(folder)) return [];
  const below = fs
    .readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => listFolders(path.join(folder, entry.name)));
  return [...below, folder];
}
