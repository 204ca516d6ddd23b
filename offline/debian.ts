// Debian's packages: where this host gets them from, the same place for Debian 13, installing.
import { readFile, writeFile } from 'node:fs/promises';
import { Problem } from '../host/problem';
import { run, tryRun } from '../host/programs';

/** Debian 13: the address that debootstrap takes, and all suites for apt. */
export interface Debian13 {
  mirror: string;
  suites: { uri: string; suite: string }[];
}

/** Reads the host's own apt sources, whatever form they have. Throws a Problem if there are none. */
export async function debianSources(): Promise<Debian13> {
  const list = () =>
    run('apt-get', [
      'indextargets',
      '--format',
      '$(RELEASE) $(COMPONENT) $(REPO_URI)',
      'Created-By: Packages',
    ]);
  let targets = await list();
  if (targets.trim() === '') {
    // apt tells of a source only when it has fetched its lists.
    await run('apt-get', ['update']);
    targets = await list();
  }
  return debian13(targets);
}

/** @param targets lines of release, component and address, as apt lists them. */
export function debian13(targets: string): Debian13 {
  const uris = new Map<string, string>();
  for (const line of targets.split('\n')) {
    const [release, component, uri] = line.split(' ');
    const kind = /^(?:bookworm|trixie)(-\w+)?$/.exec(release ?? '');
    if (kind && component === 'main' && uri) uris.set(kind[1] ?? '', uri.replace(/\/$/, ''));
  }
  const mirror = uris.get('');
  if (mirror === undefined) {
    throw new Problem(
      "apt has no source for Debian 12's or 13's own packages: see /etc/apt/sources.list.d.",
    );
  }
  const suites = ['', '-updates', '-security'].flatMap((kind) => {
    const uri = uris.get(kind);
    return uri === undefined ? [] : [{ uri, suite: `trixie${kind}` }];
  });
  return { mirror, suites };
}

/** Installs packages of this host's own Debian, and mends an interrupted install first. */
export async function aptInstall(packages: string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, finishes: true };
  const wait = ['-o', 'DPkg::Lock::Timeout=300'];
  const install = [...wait, 'install', '--yes', '--no-install-recommends', ...packages];
  await run('apt-get', ['update'], { env });
  const first = await tryRun('apt-get', install, options);
  if (first.ok) return;
  if (first.output.includes('dpkg --configure -a')) {
    await run('dpkg', ['--configure', '-a'], options);
  }
  await run('apt-get', install, options);
}

/**
 * Installs packages of Debian 13 on Debian 12 or 13. The source has a low priority: only these
 * packages and what they can't do without come from it, and nothing is upgraded.
 */
export async function aptInstallFrom13(packages: string[]): Promise<void> {
  if (/^VERSION_ID="?13/m.test(await readFile('/etc/os-release', 'utf8'))) {
    return aptInstall(packages);
  }
  const { suites } = await debianSources();
  const signed = 'Components: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n';
  await writeFile(
    '/etc/apt/sources.list.d/timetracker-debian13.sources',
    suites
      .map(({ uri, suite }) => `Types: deb\nURIs: ${uri}\nSuites: ${suite}\n${signed}`)
      .join('\n'),
  );
  await writeFile(
    '/etc/apt/preferences.d/timetracker-debian13',
    'Package: *\nPin: release n=trixie*\nPin-Priority: 100\n',
  );
  await aptInstall(packages.map((name) => `${name}/trixie`));
}
