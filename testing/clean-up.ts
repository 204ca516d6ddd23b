// Ends what tests started and removes what they left on the engine. All of it synchronous: it is
// for the last moments of a process.
import { readFileSync } from 'node:fs';
import { dockerSync, linesOf, tryDockerSync } from '../host/docker';
import { processLives, sessionMembers } from '../host/processes';
import { tryRunSync } from '../host/programs';

/**
 * Ends every process of a session: asks first, and after ten seconds doesn't. By session, since
 * Pulumi gives its plugins groups of their own.
 */
export function endSession(session: number): void {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    const members = sessionMembers(session);
    if (members.length === 0) return;
    for (const pid of members) send(pid, signal);
    waitUntil(() => sessionMembers(session).length === 0, 10_000);
  }
}

/** Ends one process and waits for it, at most half a minute. */
export function endProcess(pid: number): void {
  send(pid, 'SIGTERM');
  waitUntil(() => !processLives(pid), 30_000);
}

/**
 * Takes away what is mounted below a folder, or from a disk that is a file below it, the innermost first. Who still has
 * files open there keeps them until it ends.
 */
export function unmountBelow(folder: string): void {
  const lines = linesOf(readFileSync('/proc/self/mounts', 'utf8'));
  for (const { device, place } of lines.map(mountOf).reverse())
    if (isBelow(place, folder) || isBelow(diskFile(device), folder))
      tryRunSync('umount', ['--lazy', place]);
}

/** A line of /proc/self/mounts: a blank in a name is written \040. */
function mountOf(line: string): { readonly device: string; readonly place: string } {
  const [device = '', place = ''] = line
    .split(' ')
    .map((word) =>
      word.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8))),
    );
  return { device, place };
}

/** The file that a loop device is made of. */
function diskFile(device: string): string {
  const [, loop] = /^\/dev\/(loop\d+)$/.exec(device) ?? [];
  if (loop === undefined) return '';
  try {
    return readFileSync(`/sys/block/${loop}/loop/backing_file`, 'utf8').trim();
  } catch {
    return '';
  }
}

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(`${folder}/`);
}

/** Whether the engine is in a Swarm, and has the network that a Swarm leaves behind. */
export interface SwarmState {
  readonly active: boolean;
  readonly gateway: boolean;
}

/** Throws a Problem if the engine doesn't answer: not to know is not to be in none. */
export function swarmState(): SwarmState {
  return {
    active: dockerSync(['info', '--format={{.Swarm.LocalNodeState}}']) === 'active',
    gateway: linesOf(dockerSync(['network', 'ls', '--format={{.Name}}'])).includes(
      'docker_gwbridge',
    ),
  };
}

/**
 * Leaves the Swarm that tests made, unless something else has come to live in it, or a container
 * runs: an engine that leaves a Swarm forgets the names in its other networks too (measured with
 * Engine 26.1: the containers of a dev stack no longer find each other). Staying does no harm, and
 * so the Swarm stays, too, where the engine doesn't say what lives in it.
 */
export function restoreSwarm(before: SwarmState): void {
  const lists = [
    ['service', 'ls', '-q'],
    ['secret', 'ls', '-q'],
    ['config', 'ls', '-q'],
    ['ps', '-q'],
  ];
  const isEmpty = (list: string[]) => {
    const found = tryDockerSync(list);
    return found.ok && found.stdout.trim() === '';
  };
  if (!before.active && swarmState().active && lists.every(isEmpty))
    dockerSync(['swarm', 'leave', '--force']);
  if (!before.gateway && !swarmState().active) tryDockerSync(['network', 'rm', 'docker_gwbridge']);
}

/** Whether docker says that there are no services, secrets and configs to list here. */
export function isOutsideSwarm(output: string): boolean {
  return /not a swarm manager/i.test(output);
}

/** How each kind of thing on an engine is listed by name, and removed; in an order in which none holds the next. */
export const kinds = {
  service: {
    list: ['service', 'ls', '--format={{.Name}}'],
    remove: ['service', 'rm'],
  },
  container: {
    list: ['ps', '--all', '--format={{.Names}}'],
    remove: ['rm', '--force', '--volumes'],
  },
  network: {
    list: ['network', 'ls', '--format={{.Name}}'],
    remove: ['network', 'rm'],
  },
  secret: {
    list: ['secret', 'ls', '--format={{.Name}}'],
    remove: ['secret', 'rm'],
  },
  config: {
    list: ['config', 'ls', '--format={{.Name}}'],
    remove: ['config', 'rm'],
  },
  volume: {
    list: ['volume', 'ls', '--format={{.Name}}'],
    remove: ['volume', 'rm'],
  },
  image: {
    list: ['image', 'ls', '--format={{.Repository}}:{{.Tag}}'],
    remove: ['image', 'rm', '--force'],
  },
} as const;

/**
 * Removes what tests whose process is gone left on the engine, and their network namespaces. Tests
 * put their process id into each name, so that runs side by side leave each other alone.
 */
export function removeOrphans(): void {
  for (const { list, remove } of Object.values(kinds)) {
    const found = tryDockerSync(list);
    if (!found.ok && isOutsideSwarm(found.output)) continue;
    if (!found.ok) {
      process.stderr.write(`What tests left can't be looked for: ${found.output.trim()}\n`);
      return;
    }
    const orphans = linesOf(found.stdout).filter(isOrphan);
    if (orphans.length === 0) continue;
    const removed = tryDockerSync([...remove, ...orphans]);
    if (!removed.ok) process.stderr.write(`Left on the engine: ${removed.output.trim()}\n`);
  }
  const namespaces = tryRunSync('ip', ['netns', 'list']);
  for (const line of linesOf(namespaces.stdout)) {
    const [name = ''] = line.split(' ');
    if (isOrphan(name)) tryRunSync('ip', ['netns', 'delete', name]);
  }
}

/** Ids of the images that have no name: what a build leaves of the image that it replaces. */
export function unnamedImages(): string[] {
  return linesOf(dockerSync(['image', 'ls', '--quiet', '--filter=dangling=true']));
}

/** Removes the unnamed images that are new since `before`; one that a container uses stays. */
export function removeUnnamedImages(before: readonly string[]): void {
  for (const id of unnamedImages()) if (!before.includes(id)) tryDockerSync(['image', 'rm', id]);
}

const testName =
  /^(?:timetracker-(?:[a-z]+-)*(?:test|e2e)-(?:[a-z]+-)*|plugtest-|tt-)(\d+)(?![0-9a-f])/;

/** Whether this is the name of a test's object, and that test's process is gone. */
export function isOrphan(name: string): boolean {
  const pid = testName.exec(name)?.[1];
  return pid !== undefined && !processLives(Number(pid));
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}

function waitUntil(holds: () => boolean, milliseconds: number): void {
  const end = Date.now() + milliseconds;
  const clock = new Int32Array(new SharedArrayBuffer(4));
  while (!holds() && Date.now() < end) Atomics.wait(clock, 0, 0, 50);
}
