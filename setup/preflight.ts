// What kind of host this is, and all that set-up could not mend there, before anything is changed.
import { open, readdir, readFile, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { engineAddress, engineVersion, isLocal } from '../host/docker';
import { cacheFolder, projectRoot } from '../host/folders';
import { lastLines, onPath } from '../host/programs';
import type { World } from '../host/settings';
import { findWorld } from './world';

/** `stopped`: installed, not running. `elsewhere`: on another host or socket, and not answering. */
export type EngineState = 'running' | 'refuses' | 'stopped' | 'missing' | 'elsewhere';

export interface EngineFacts {
  readonly engine: EngineState;
  /** Of a running engine, else empty. */
  readonly engineVersion: string;
  /** What an engine elsewhere answered instead, else empty. */
  readonly engineWhy: string;
}

export interface HostFacts extends EngineFacts {
  /** Such as linux/x64. */
  readonly platform: string;
  readonly root: boolean;
  /** Debian's major version, if this is Debian. */
  readonly debian: string | undefined;
  readonly world: World | undefined;
  readonly worldWhy: string;
  /** The official Pulumi CLI, if there is one. */
  readonly cli: string | undefined;
  /** Nothing was built here yet. */
  readonly first: boolean;
  /** Free space in GB. */
  readonly disks: readonly { readonly path: string; readonly free: number }[];
}

/** In the first lines of our own `pulumi` on PATH. */
const launcherMark = 'timetracker launcher';
const oldestEngine = 25;

export async function hostFacts(): Promise<HostFacts> {
  const cli = await officialCli();
  const [engine, release, { world, why: worldWhy }, built] = await Promise.all([
    engineFacts(),
    readFile('/etc/os-release', 'utf8').catch(() => ''),
    findWorld(cli !== undefined),
    readdir(cacheFolder()).catch(() => []),
  ]);
  const disks = await Promise.all(['/var/lib/docker', cacheFolder()].map(freeSpace));
  return {
    platform: `${process.platform}/${process.arch}`,
    root: process.getuid?.() === 0,
    debian: /^ID=debian$/m.test(release) ? /^VERSION_ID="?(\d+)/m.exec(release)?.[1] : undefined,
    ...engine,
    world,
    worldWhy,
    cli,
    first: !built.some((name) => name.startsWith('toolchain-')),
    disks,
  };
}

/** A line for each thing that set-up can't mend, with what to do. */
export function hostProblems(host: HostFacts): string[] {
  const problems: string[] = [];
  if (host.platform.startsWith('win32/'))
    problems.push('Windows itself is not supported: run this in WSL 2.');
  const installs = host.root && (host.debian === '12' || host.debian === '13');
  switch (host.engine) {
    case 'running':
      if (Number(host.engineVersion.split('.')[0]) < oldestEngine)
        problems.push(
          `Docker Engine ${oldestEngine} or newer is needed (health checks with a start interval); this is ${host.engineVersion}: upgrade it.`,
        );
      break;
    case 'refuses':
      problems.push(
        'The Docker engine refuses this user: run `sudo usermod -aG docker $USER` and log in again, or run as root.',
      );
      break;
    case 'elsewhere':
      problems.push(
        `The Docker engine that docker:host, DOCKER_HOST or the docker context names does not answer (${host.engineWhy}): start it, or name another.`,
      );
      break;
    case 'stopped':
      if (!host.root)
        problems.push(
          'The Docker engine is not running: run `sudo systemctl start docker`, or run as root.',
        );
      break;
    case 'missing':
      if (!installs)
        problems.push(
          host.platform.startsWith('linux/')
            ? `There is no Docker engine, and set-up installs one only as root on Debian 12 or 13: install Docker Engine ${oldestEngine} or newer.`
            : 'There is no Docker engine: start Docker Desktop, OrbStack or colima.',
        );
      break;
  }
  if (host.world === undefined) problems.push(host.worldWhy);
  if (host.world === 'offline' && host.first) {
    if (host.platform !== 'linux/x64')
      problems.push(
        `Only package registries are in reach (${host.worldWhy}), and what is missing can then be built only on Linux on x86_64; this is ${host.platform}.`,
      );
    else if (!installs)
      problems.push(
        `Only package registries are in reach (${host.worldWhy}), and what is missing can then be built only as root on Debian 12 or 13.`,
      );
  }
  const needed = host.world === 'offline' && host.first ? 6 : 1;
  for (const { path, free } of host.disks)
    if (free < needed)
      problems.push(
        `${needed} GB of free disk are needed in ${path}; there are ${free.toFixed(1)}.`,
      );
  return problems;
}

/** What is said of a host that fits: whether anyone has tried this kind. */
export function hostNote({ platform }: Pick<HostFacts, 'platform'>): string {
  return platform === 'linux/x64'
    ? 'fits'
    : `${platform}: should fit, but only Linux on x86_64 was tried`;
}

export async function engineFacts(): Promise<EngineFacts> {
  const answer = await engineVersion();
  const none = { engineVersion: '', engineWhy: '' };
  if ('version' in answer) return { ...none, engine: 'running', engineVersion: answer.version };
  const address = engineAddress({});
  if (!isLocal(address) || !/^unix:\/\/(\/var)?\/run\/docker\.sock$/.test(address))
    return {
      ...none,
      engine: 'elsewhere',
      engineWhy: `${address}: ${lastLines(answer.why, 1).trim()}`,
    };
  if (/permission denied/i.test(answer.why)) return { ...none, engine: 'refuses' };
  const installed = (await onPath('dockerd')) ?? (await onPath('/usr/sbin/dockerd'));
  return { ...none, engine: installed ? 'stopped' : 'missing' };
}

/** The first `pulumi` on PATH that is neither our launcher nor a wrapper of a package's. */
export async function officialCli(): Promise<string | undefined> {
  const ours = [cacheFolder(), projectRoot];
  for (const folder of (process.env.PATH ?? '').split(':')) {
    const file = await onPath(join(folder, 'pulumi'));
    if (file && !ours.some((own) => file.startsWith(`${own}/`)) && !(await isLauncher(file)))
      return file;
  }
  return undefined;
}

export async function isLauncher(file: string): Promise<boolean> {
  const handle = await open(file).catch(() => undefined);
  if (!handle) return false;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(200), 0, 200, 0);
    return buffer.subarray(0, bytesRead).includes(launcherMark);
  } finally {
    await handle.close();
  }
}

/** Of the path, or of what will hold it. */
async function freeSpace(path: string): Promise<{ path: string; free: number }> {
  let existing = path;
  for (;;) {
    const stats = await statfs(existing).catch(() => undefined);
    if (stats) return { path, free: (stats.bavail * stats.bsize) / 1e9 };
    existing = dirname(existing);
  }
}
