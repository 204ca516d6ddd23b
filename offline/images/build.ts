// The offline base images: Debian 13 by debootstrap, the others as Dockerfiles on top of it.
// Each carries the hash of all that it is made of in a label, and is built again when that changes.
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { docker, tryDocker } from '../../host/docker';
import { cacheFolder, keyOf } from '../../host/folders';
import { onPath, run } from '../../host/programs';
import { type BaseImage, labels } from '../../infra/names';
import type { Doing, Note } from '../../setup/step';
import { aptInstall, type Debian13, debianSources } from '../debian';
import { buildGoTool, versionIn } from '../toolchain/build';

const folder = __dirname;
export const debianImage = 'offline/debian:13';
const keyLabel = labels.buildKey;

/** In place of official base images, under names of their own; one that is not here is named in a stack's config. */
export const imageNames: Readonly<Partial<Record<BaseImage, string>>> = {
  postgres: 'offline/postgres:17',
  node: 'offline/node:22',
  nginx: 'offline/nginx:1.26',
  caddy: 'offline/caddy:2',
  registry: 'offline/registry:2',
};

/**
 * Builds the images that are missing or made of something else; those, too, for which Debian has newer
 * packages, if `newer`.
 */
export async function ensureImages(
  note: Note,
  doing: Doing,
  { newer = false }: { readonly newer?: boolean } = {},
): Promise<void> {
  const work = join(cacheFolder(), 'images.unfinished');
  const host = await hostSettings();
  const built: string[] = [];
  const isCurrent = async (image: string, key: string) => {
    if ((await builtKey(image)) !== key) return false;
    if (!newer) return true;
    doing(`newer packages for ${image}`);
    return !(await hasNewerPackages(image));
  };
  const debianKey = await keyOf([join(folder, 'debian')], JSON.stringify(host));
  if (!(await isCurrent(debianImage, debianKey))) {
    doing(debianImage);
    await buildDebian(host, debianKey, work);
    built.push(debianImage);
  }
  // By what Debian's image is, not by what it was made of: made again, it takes the others along.
  const debianId = await docker(['image', 'inspect', '--format', '{{.Id}}', debianImage]);
  for (const [name, image] of Object.entries(imageNames)) {
    const key = await keyOf([join(folder, name)], debianId);
    if (await isCurrent(image, key)) continue;
    doing(image);
    await buildOnDebian(name, image, key, work);
    built.push(image);
  }
  await removeWork(work);
  note(built.length > 0 ? `built ${built.join(', ')}` : 'already there');
}

/** Whether Debian has a newer version of a package that the image has. */
async function hasNewerPackages(image: string): Promise<boolean> {
  const script = 'apt-get update -qq && apt-get --simulate --quiet=2 upgrade';
  const run = ['run', '--rm', '--user', 'root', '--entrypoint', 'sh', image, '-c', script];
  return /^Inst /m.test(await docker(run));
}

/** What of this host goes into the images, so that builds reach the registries as the host does. */
interface HostSettings {
  debian: Debian13;
  /** The host's own certificate authorities: file name to PEM. */
  certificates: Record<string, string>;
  npmRegistry: string;
}

async function hostSettings(): Promise<HostSettings> {
  const certificates: Record<string, string> = {};
  const local = '/usr/local/share/ca-certificates';
  for (const file of (await readdir(local, { recursive: true }).catch(() => [])).sort()) {
    if (file.endsWith('.crt')) {
      certificates[file.replaceAll('/', '-')] = await readFile(join(local, file), 'utf8');
    }
  }
  const npmRegistry = (await run('npm', ['config', 'get', 'registry'], { cwd: folder })).trim();
  return { debian: await debianSources(), certificates, npmRegistry };
}

async function buildDebian(host: HostSettings, key: string, work: string): Promise<void> {
  if (!(await onPath('debootstrap'))) await aptInstall(['debootstrap']);
  const root = join(work, 'root');
  await removeWork(work);
  await mkdir(work, { recursive: true });
  await run('debootstrap', [
    '--variant=minbase',
    '--include=ca-certificates',
    'trixie',
    root,
    host.debian.mirror,
  ]);
  await cp(join(folder, 'debian', 'files'), root, { recursive: true });
  const sources = host.debian.suites.map(({ uri, suite }) => `deb ${uri} ${suite} main\n`);
  await writeFile(join(root, 'etc/apt/sources.list'), sources.join(''));
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

  const settings = [
    'NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt',
    `NPM_CONFIG_REGISTRY=${host.npmRegistry}`,
  ];
  const changes = [`ENV ${settings.join(' ')}`, 'CMD ["bash"]', `LABEL ${keyLabel}=${key}`];
  const archive = join(work, 'root.tar');
  await run('tar', ['--numeric-owner', '--create', '--file', archive, '--directory', root, '.']);
  await docker([
    'import',
    ...changes.flatMap((change) => ['--change', change]),
    archive,
    debianImage,
  ]);
}

/** The next major version of PostgreSQL, which only a newer Debian has: for the tests of an upgrade. */
export const nextPostgres = { major: 18, image: 'offline/postgres:18', suite: 'forky' } as const;

/** Builds it, if it is missing or made of something else. */
export async function ensureNextPostgres(): Promise<void> {
  const { mirror } = await debianSources();
  const { major, image, suite } = nextPostgres;
  const args = {
    PG_MAJOR: String(major),
    SOURCE: `deb [check-valid-until=no] ${mirror} ${suite} main`,
  };
  const debianId = await docker(['image', 'inspect', '--format', '{{.Id}}', debianImage]);
  const key = await keyOf([join(folder, 'postgres')], `${debianId}${JSON.stringify(args)}`);
  if ((await builtKey(image)) === key) return;
  const work = join(cacheFolder(), 'next-postgres.unfinished');
  await buildOnDebian('postgres', image, key, work, args);
  await removeWork(work);
}

async function buildOnDebian(
  name: string,
  image: string,
  key: string,
  work: string,
  args: Readonly<Record<string, string>> = {},
) {
  await removeWork(work);
  await cp(join(folder, name), work, { recursive: true });
  if (name === 'node') await run('npm', ['ci', '--ignore-scripts'], { cwd: work });
  if (name === 'caddy') await buildCaddy(work);
  // The classic builder: it needs no plugin, and these Dockerfiles ask for nothing more.
  const proxies = Object.keys(process.env).filter((name) => /^(https?|no)_proxy$/i.test(name));
  await docker(
    [
      'build',
      // A step that installs packages is the same words for newer ones.
      '--no-cache',
      ...proxies.flatMap((proxy) => ['--build-arg', proxy]),
      ...Object.entries(args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
      ...['--label', `${keyLabel}=${key}`, '--tag', image, work],
    ],
    { env: { ...process.env, DOCKER_BUILDKIT: '0' } },
  );
}

async function buildCaddy(folder: string): Promise<void> {
  const module = 'github.com/caddyserver/caddy/v2';
  const version = await versionIn(join(folder, 'go.mod'), module);
  const setVersion = `-X ${module}.CustomVersion=v${version}`;
  await buildGoTool(`${module}/cmd/caddy`, folder, folder, setVersion);
}

/** debootstrap mounts /proc in what it makes, and leaves it there when it is killed. */
async function removeWork(work: string): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n');
  for (const path of mounts.map((line) => line.split(' ')[1])) {
    if (path?.startsWith(`${work}/`)) await run('umount', [path]);
  }
  await rm(work, { recursive: true, force: true });
}

async function builtKey(image: string): Promise<string | undefined> {
  const format = `{{index .Config.Labels "${keyLabel}"}}`;
  const result = await tryDocker(['image', 'inspect', '--format', format, image]);
  return result.ok ? result.stdout.trim() : undefined;
}
