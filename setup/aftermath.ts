// Ends what tests started and removes what they left on the engine. All of it synchronous: it is
// for the last moments of a process.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

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

/** Whether the engine is in a Swarm, and has the network that a Swarm leaves behind. */
export interface SwarmState {
  active: boolean;
  gateway: boolean;
}

export function swarmState(): SwarmState {
  return {
    active: docker(['info', '--format={{.Swarm.LocalNodeState}}']).trim() === 'active',
    gateway: docker(['network', 'ls', '--format={{.Name}}'])
      .split('\n')
      .includes('docker_gwbridge'),
  };
}

/**
 * Leaves the Swarm that tests made, unless something else has come to live in it, or a container
 * runs: an engine that leaves a Swarm forgets the names in its other networks too (measured with
 * Engine 26.1: the containers of a dev stack no longer find each other). Staying does no harm.
 */
export function restoreSwarm(before: SwarmState): void {
  const lists = [
    ['service', 'ls', '-q'],
    ['secret', 'ls', '-q'],
    ['config', 'ls', '-q'],
    ['ps', '-q'],
  ];
  if (!before.active && swarmState().active && lists.every((list) => docker(list).trim() === '')) {
    docker(['swarm', 'leave', '--force']);
  }
  if (!before.gateway && !swarmState().active) docker(['network', 'rm', 'docker_gwbridge']);
}

/**
 * Removes what tests whose process is gone left on the engine, and their network namespaces. Tests
 * put their process id into each name, so that runs side by side leave each other alone.
 */
export function removeOrphans(): void {
  const kinds: [list: string[], remove: string[]][] = [
    [
      ['service', 'ls', '--format={{.Name}}'],
      ['service', 'rm'],
    ],
    [
      ['ps', '--all', '--format={{.Names}}'],
      ['rm', '--force', '--volumes'],
    ],
    [
      ['network', 'ls', '--format={{.Name}}'],
      ['network', 'rm'],
    ],
    [
      ['secret', 'ls', '--format={{.Name}}'],
      ['secret', 'rm'],
    ],
    [
      ['config', 'ls', '--format={{.Name}}'],
      ['config', 'rm'],
    ],
    [
      ['volume', 'ls', '--format={{.Name}}'],
      ['volume', 'rm'],
    ],
    [
      ['image', 'ls', '--format={{.Repository}}:{{.Tag}}'],
      ['image', 'rm', '--force'],
    ],
  ];
  for (const [list, remove] of kinds) {
    const orphans = docker(list).split('\n').filter(isOrphan);
    if (orphans.length > 0) docker([...remove, ...orphans]);
  }
  for (const line of output('ip', ['netns', 'list']).split('\n')) {
    const [name = ''] = line.split(' ');
    if (isOrphan(name)) output('ip', ['netns', 'delete', name]);
  }
}

/** Ids of the images that have no name: what a build leaves of the image that it replaces. */
export function unnamedImages(): string[] {
  return docker(['image', 'ls', '--quiet', '--filter=dangling=true']).split('\n').filter(Boolean);
}

/** Removes the unnamed images that are new since `before`; one that a container uses stays. */
export function removeUnnamedImages(before: readonly string[]): void {
  for (const id of unnamedImages()) if (!before.includes(id)) docker(['image', 'rm', id]);
}

const testName =
  /^(?:timetracker-(?:[a-z]+-)*(?:test|e2e)-(?:[a-z]+-)*|plugtest-|tt-)(\d+)(?![0-9a-f])/;

/** Whether this is the name of a test's object, and that test's process is gone. */
export function isOrphan(name: string): boolean {
  const pid = testName.exec(name)?.[1];
  return pid !== undefined && !processLives(Number(pid));
}

function docker(args: string[]): string {
  return output('docker', args);
}

/** What a program prints; nothing if it fails. */
function output(command: string, args: string[]): string {
  return spawnSync(command, args, { encoding: 'utf8', timeout: 60_000 }).stdout ?? '';
}

function sessionMembers(session: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => sessionOf(pid) === session);
}

/** Whether a process runs; one that has ended and was not yet waited for does not. */
export function processLives(pid: number): boolean {
  return sessionOf(pid) !== undefined;
}

function sessionOf(pid: number): number | undefined {
  try {
    // After the name in parentheses, which may hold anything: state, parent, group, session.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, , , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : Number(session);
  } catch {
    return undefined;
  }
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
