// Where this host gets Debian's packages from, and the same place for Debian 13.
import { Problem, run } from './run';

export interface Debian {
  mirror: string;
  /** An apt sources.list for Debian 13. */
  sources: string;
}

/** Reads the host's own apt sources, whatever form they have. Throws a Problem if there are none. */
export async function debianSources(): Promise<Debian> {
  const targets = await run('apt-get', [
    'indextargets',
    '--format',
    '$(RELEASE) $(COMPONENT) $(REPO_URI)',
    'Created-By: Packages',
  ]);
  return debian13(targets);
}

export function debian13(targets: string): Debian {
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
  const sources = ['', '-updates', '-security']
    .filter((kind) => uris.has(kind))
    .map((kind) => `deb ${uris.get(kind)} trixie${kind} main\n`)
    .join('');
  return { mirror, sources };
}
