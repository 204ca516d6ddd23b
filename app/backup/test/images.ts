// The images of db, pool, backup and offsite on two kinds of base: the one of this host, and one like the official
// Alpine image, with BusyBox's applets and shell, gosu, and another id for user postgres.
import { execFileSync, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const base = process.env.TEST_POSTGRES_IMAGE ?? 'postgres:17-alpine';
const app = join(__dirname, '..', '..');
const prefix = `timetracker-test-${process.pid}`;
export const kinds = ['debian', 'busybox'] as const;
export type Kind = (typeof kinds)[number];

/** An image of Alpine is left as it is. The base image's own entrypoint is not what is to be tried. */
const busyboxDockerfile = `
FROM ${base}
USER root
RUN if ! [ -x /bin/busybox ]; then \
  apt-get update && apt-get install --yes --no-install-recommends busybox gosu \
  && groupmod --gid 70 postgres && usermod --uid 70 --gid 70 postgres \
  && chown -R postgres:postgres /var/lib/postgresql /var/run/postgresql \
  && mkdir /opt/busybox && busybox --install -s /opt/busybox && ln -sf /bin/busybox /bin/sh \
  && cd /usr/local/bin && mv docker-entrypoint.sh debian-entrypoint.sh \
  && printf '#!/bin/sh\\nPATH=\${PATH#/opt/busybox:} exec /usr/local/bin/debian-entrypoint.sh "$@"\\n' > docker-entrypoint.sh \
  && chmod 755 docker-entrypoint.sh; fi
ENV PATH=/opt/busybox:/usr/local/sbin:/usr/local/bin:/usr/lib/postgresql/17/bin:/usr/sbin:/usr/bin:/sbin:/bin
`;

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the docker CLI; never throws for its exit code. */
export function tryDocker(args: readonly string[], input = ''): Output {
  const { status, stdout, stderr } = spawnSync('docker', args, { encoding: 'utf8', input });
  return { code: status ?? 1, stdout: stdout.trim(), stderr: stderr.trim() };
}

export function docker(...args: string[]): string {
  return execFileSync('docker', args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

const made: { readonly list: string[]; readonly remove: string[] }[] = [
  { list: [], remove: ['rm', '--force', '--volumes'] },
  { list: [], remove: ['volume', 'rm', '--force'] },
  { list: [], remove: ['network', 'rm'] },
  { list: [], remove: ['rmi', '--force'] },
];
const [containers, volumes, networks, images] = made.map(({ list }) => list);
process.on('exit', () => {
  for (const { list, remove } of made) if (list.length > 0) tryDocker([...remove, ...list]);
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => process.exit(1));

/** A name of this process's own on the engine, removed with what has it. */
function name(list: string[] | undefined, what: string): string {
  const made = `${prefix}-${what}-${randomBytes(3).toString('hex')}`;
  list?.push(made);
  return made;
}

const built = new Map<string, string>();

/** The image of a tier on a base of this kind. */
export function image(tier: 'db' | 'backup' | 'offsite' | 'pool', kind: Kind): string {
  const key = `${tier}-${kind}`;
  const known = built.get(key);
  if (known) return known;
  const tag = name(images, `${key}-image`);
  const from = kind === 'debian' ? base : busyboxBase();
  docker('build', '--quiet', '--build-arg', `POSTGRES_IMAGE=${from}`, '-t', tag, join(app, tier));
  built.set(key, tag);
  return tag;
}

function busyboxBase(): string {
  const known = built.get('base');
  if (known) return known;
  const tag = name(images, 'busybox-base');
  const done = tryDocker(['build', '--quiet', '-t', tag, '-'], busyboxDockerfile);
  if (done.code !== 0) throw new Error(done.stderr);
  built.set('base', tag);
  return tag;
}

/** @param options such as `--opt=type=tmpfs` */
export function makeVolume(...options: string[]): string {
  const volume = name(volumes, 'volume');
  docker('volume', 'create', ...options, volume);
  return volume;
}

/** Without a way out, unless there is to be one. */
export function makeNetwork(internal = true): string {
  const network = name(networks, 'network');
  docker('network', 'create', ...(internal ? ['--internal'] : []), network);
  return network;
}

/** Writes a folder of secrets, which only root may read, but for certificates; its path. */
export function writeSecrets(folder: string, files: Readonly<Record<string, string>>): string {
  mkdirSync(folder, { recursive: true });
  for (const [file, value] of Object.entries(files)) {
    writeFileSync(join(folder, file), value);
    chmodSync(join(folder, file), /certificate$/.test(file) ? 0o444 : 0o400);
  }
  return folder;
}

/** Starts a container as a deployment does: read-only, without capabilities but its own; the name. */
export function start(what: string, image: string, ...args: string[]): string {
  const container = name(containers, what);
  docker(
    ...['run', '--detach', '--init', '--name', container, '--read-only', '--cap-drop=ALL'],
    ...['--security-opt=no-new-privileges', '--tmpfs=/tmp', '--entrypoint='],
    ...args.flatMap((arg) => (arg === '--' ? [image] : [arg])),
  );
  return container;
}
