// What kind of host this is, and all that set-up could not mend there, before anything is changed.
import { access, open, readdir, readFile, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cacheFolder } from './cache.mjs';
import { lastLines, tryRun } from './run.mjs';
import { findWorld } from './world.mjs';

/**
 * @typedef {object} HostFacts
 * @property {string} platform such as linux/x64
 * @property {string} node Node's version, without v
 * @property {boolean} root
 * @property {string | undefined} debian Debian's major version, if this is Debian
 * @property {'running' | 'refuses' | 'stopped' | 'missing' | 'remote'} engine `stopped`: installed,
 *   not running; `remote`: elsewhere, and not answering
 * @property {string} engineVersion of a running engine, else empty
 * @property {string} engineWhy what a remote engine answered instead, else empty
 * @property {import('./world.mjs').World | undefined} world
 * @property {string} worldWhy
 * @property {string | undefined} cli path of the official Pulumi CLI, if there is one
 * @property {boolean} first nothing was built here yet
 * @property {{ path: string, free: number }[]} disks free space in GB
 */

/** In the first lines of our own `pulumi` on PATH. */
const launcherMark = 'timetracker launcher';

/** @returns {Promise<HostFacts>} */
export async function hostFacts() {
  const cli = await officialCli();
  const [engine, release, world, built] = await Promise.all([
    engineFacts(),
    readFile('/etc/os-release', 'utf8').catch(() => ''),
    findWorld(cli),
    readdir(cacheFolder()).catch(() => []),
  ]);
  const disks = await Promise.all(['/var/lib/docker', cacheFolder()].map(freeSpace));
  return {
    platform: `${process.platform}/${process.arch}`,
    node: process.versions.node,
    root: process.getuid?.() === 0,
    debian: /^ID=debian$/m.test(release) ? /^VERSION_ID="?(\d+)/m.exec(release)?.[1] : undefined,
    ...engine,
    world: world.world,
    worldWhy: world.why,
    cli,
    first: !built.some((name) => name.startsWith('toolchain-')),
    disks,
  };
}

/**
 * @param {HostFacts} host
 * @returns {string[]} a line for each thing that set-up can't mend, with what to do
 */
export function hostProblems(host) {
  const problems = [];
  if (host.platform !== 'linux/x64') {
    problems.push(`Linux on x86_64 is needed; this is ${host.platform}.`);
  }
  if (Number(host.node.split('.')[0]) < 20) {
    problems.push(`Node 20 or newer is needed; this is ${host.node}.`);
  }
  const installs = host.root && (host.debian === '12' || host.debian === '13');
  switch (host.engine) {
    case 'running':
      if (Number(host.engineVersion.split('.')[0]) < 25) {
        problems.push(
          `Docker Engine 25 or newer is needed (health checks with a start interval); this is ${host.engineVersion}: upgrade it.`,
        );
      }
      break;
    case 'refuses':
      problems.push(
        'The Docker engine refuses this user: run `sudo usermod -aG docker $USER` and log in again, or run as root.',
      );
      break;
    case 'remote':
      problems.push(
        `The Docker engine that docker:host, DOCKER_HOST or the docker context names does not answer (${host.engineWhy}): start it, or name another.`,
      );
      break;
    case 'stopped':
      if (!host.root) {
        problems.push(
          'The Docker engine is not running: run `sudo systemctl start docker`, or run as root.',
        );
      }
      break;
    case 'missing':
      if (!installs) {
        problems.push(
          'There is no Docker engine, and set-up installs one only as root on Debian 12 or 13: install Docker Engine 25 or newer.',
        );
      }
      break;
  }
  if (host.world === undefined) problems.push(host.worldWhy);
  if (host.world === 'official' && !host.cli) {
    problems.push(
      'There is no Pulumi CLI: run `curl -fsSL https://get.pulumi.com | sh` and open a new shell.',
    );
  }
  if (host.world === 'offline' && host.first) {
    if (!installs) {
      problems.push(
        `Only package registries are in reach (${host.worldWhy}), and what is missing can then be built only as root on Debian 12 or 13.`,
      );
    }
  }
  const needed = host.first ? 6 : 1;
  for (const { path, free } of host.disks) {
    if (free < needed) {
      problems.push(
        `${needed} GB of free disk are needed in ${path}; there are ${free.toFixed(1)}.`,
      );
    }
  }
  return problems;
}

/** @returns {Promise<Pick<HostFacts, 'engine' | 'engineVersion' | 'engineWhy'>>} */
export async function engineFacts() {
  const version = await tryRun('docker', ['version', '--format', '{{.Server.Version}}']);
  const none = { engineVersion: '', engineWhy: '' };
  if (version.ok) return { ...none, engine: 'running', engineVersion: version.stdout.trim() };
  const format = '{{.Endpoints.docker.Host}}';
  const context = await tryRun('docker', ['context', 'inspect', '--format', format]);
  const host = process.env.DOCKER_HOST || context.stdout.trim();
  if (host && !/^unix:\/\/(\/var)?\/run\/docker\.sock$/.test(host)) {
    const answer = lastLines(version.output, 1).trim();
    return { ...none, engine: 'remote', engineWhy: `${host}: ${answer}` };
  }
  if (/permission denied/i.test(version.output)) return { ...none, engine: 'refuses' };
  const installed = (await onPath('dockerd')) ?? (await onPath('/usr/sbin/dockerd'));
  return { ...none, engine: installed ? 'stopped' : 'missing' };
}

/** The first `pulumi` on PATH that is not our own launcher. */
export async function officialCli() {
  for (const folder of (process.env.PATH ?? '').split(':')) {
    const file = await onPath(join(folder, 'pulumi'));
    if (file && !(await isLauncher(file)) && !file.startsWith(cacheFolder())) return file;
  }
  return undefined;
}

/** @param {string} file */
export async function isLauncher(file) {
  const handle = await open(file).catch(() => undefined);
  if (!handle) return false;
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(200), 0, 200, 0);
    return buffer.subarray(0, bytesRead).includes(launcherMark);
  } finally {
    await handle.close();
  }
}

/** @param {string} program a name, or a path */
export async function onPath(program) {
  const folders = program.includes('/') ? [''] : (process.env.PATH ?? '').split(':');
  for (const folder of folders) {
    const file = folder ? join(folder, program) : program;
    if (
      await access(file, 1).then(
        () => true,
        () => false,
      )
    )
      return file;
  }
  return undefined;
}

/** @param {string} path @returns {Promise<{ path: string, free: number }>} of it, or of what will hold it */
async function freeSpace(path) {
  let existing = path;
  for (;;) {
    const stats = await statfs(existing).catch(() => undefined);
    if (stats) return { path, free: (stats.bavail * stats.bsize) / 1e9 };
    existing = dirname(existing);
  }
}
