// The offline base images: Debian 13 by debootstrap, the others as Dockerfiles on top of it.
// Each carries the hash of all that it is made of in a label, and is built again when that changes.
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Debian, debianSources } from './debian';
import { run, tryRun } from './run';

const folder = join(__dirname, '..', 'offline', 'images');
const keyLabel = 'timetracker.key';

export const imageNames = {
  postgres: 'offline/postgres:17',
  node: 'offline/node:22',
  nginx: 'offline/nginx:1.26',
  caddy: 'offline/caddy:2',
} as const;

/** Builds the images that are missing or made of something else. Returns the names of those. */
export async function buildImages(work: string): Promise<string[]> {
  const host = await hostSettings();
  const built: string[] = [];
  const debianKey = await keyOf(join(folder, 'debian'), JSON.stringify(host));
  if ((await builtKey('offline/debian:13')) !== debianKey) {
    await buildDebian(host, debianKey, join(work, 'debian'));
    built.push('offline/debian:13');
  }
  for (const [name, image] of Object.entries(imageNames)) {
    const key = await keyOf(join(folder, name), debianKey);
    if ((await builtKey(image)) === key) continue;
    await buildOnDebian(name, image, key, join(work, name));
    built.push(image);
  }
  return built;
}

/** What of this host goes into the images, so that builds reach the registries as the host does. */
interface HostSettings {
  debian: Debian;
  /** The host's own certificate authorities: file name to PEM. */
  certificates: Record<string, string>;
  npmRegistry: string | undefined;
}

async function hostSettings(): Promise<HostSettings> {
  const certificates: Record<string, string> = {};
  const local = '/usr/local/share/ca-certificates';
  for (const file of (await readdir(local, { recursive: true }).catch(() => [])).sort()) {
    if (file.endsWith('.crt')) {
      certificates[file.replaceAll('/', '-')] = await readFile(join(local, file), 'utf8');
    }
  }
  const registry = (await run('npm', ['config', 'get', 'registry'], { cwd: folder })).trim();
  const npmRegistry = /^https:\/\/registry\.npmjs\.org\/?$/.test(registry) ? undefined : registry;
  return { debian: await debianSources(), certificates, npmRegistry };
}

async function buildDebian(host: HostSettings, key: string, work: string): Promise<void> {
  const root = join(work, 'root');
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  await run('debootstrap', [
    '--variant=minbase',
    '--include=ca-certificates',
    'trixie',
    root,
    host.debian.mirror,
  ]);
  await cp(join(folder, 'debian', 'files'), root, { recursive: true });
  await writeFile(join(root, 'etc/apt/sources.list'), host.debian.sources);
  const local = join(root, 'usr/local/share/ca-certificates');
  await mkdir(local, { recursive: true });
  for (const [file, pem] of Object.entries(host.certificates)) {
    await writeFile(join(local, file), pem);
  }
  await run('chroot', [
    root,
    'sh',
    '-c',
    await readFile(join(folder, 'debian', 'finish.sh'), 'utf8'),
  ]);

  const settings = ['NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt'];
  if (host.npmRegistry) settings.push(`NPM_CONFIG_REGISTRY=${host.npmRegistry}`);
  const changes = [`ENV ${settings.join(' ')}`, 'CMD ["bash"]', `LABEL ${keyLabel}=${key}`];
  const archive = join(work, 'root.tar');
  await run('tar', ['--numeric-owner', '--create', '--file', archive, '--directory', root, '.']);
  await run('docker', [
    'import',
    ...changes.flatMap((change) => ['--change', change]),
    archive,
    'offline/debian:13',
  ]);
  await rm(work, { recursive: true, force: true });
}

async function buildOnDebian(name: string, image: string, key: string, work: string) {
  await rm(work, { recursive: true, force: true });
  await cp(join(folder, name), work, { recursive: true });
  if (name === 'node') await run('npm', ['ci', '--ignore-scripts'], { cwd: work });
  // The classic builder: it needs no plugin, and these Dockerfiles ask for nothing more.
  await run('docker', ['build', '--label', `${keyLabel}=${key}`, '--tag', image, work], {
    env: { ...process.env, DOCKER_BUILDKIT: '0' },
  });
  await rm(work, { recursive: true, force: true });
}

async function builtKey(image: string): Promise<string | undefined> {
  const format = `{{index .Config.Labels "${keyLabel}"}}`;
  const result = await tryRun('docker', ['image', 'inspect', '--format', format, image]);
  return result.ok ? result.stdout.trim() : undefined;
}

/** A hash over a folder's files, their modes and the given text. */
async function keyOf(path: string, text: string): Promise<string> {
  const hash = createHash('sha256').update(text);
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  for (const file of entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()) {
    hash.update(`\0${file.slice(path.length)}\0`).update(await readFile(file));
  }
  return hash.digest('hex').slice(0, 20);
}
