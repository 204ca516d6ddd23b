// Programs that only the tests need: the ones on PATH, else Debian's.
import { Problem } from '../host/problem';
import { onPath, tryRun } from '../host/programs';
import { aptInstall, aptInstallFrom13 } from '../offline/debian';
import type { Doing, Note } from '../setup/step';

/** The program and its Debian package. */
const tools = {
  chromium: 'chromium',
  // Roots that the browser trusts.
  certutil: 'libnss3-tools',
  openssl: 'openssl',
  // Callers with addresses of their own: network namespaces.
  ip: 'iproute2',
  // The scripts of images run under it in Alpine's.
  busybox: 'busybox-static',
};

export async function ensureTestTools(note: Note, doing: Doing): Promise<void> {
  const missing: [program: string, name: string][] = [];
  for (const [program, name] of Object.entries(tools)) {
    if (!(await onPath(program))) missing.push([program, name]);
  }
  // Dockerfiles of the application mount caches, which the CLI can't build by itself.
  const lacksBuilder = !(await tryRun('docker', ['buildx', 'version'])).ok;
  if (lacksBuilder) missing.push(['docker buildx', 'docker-buildx']);
  if (missing.length === 0) {
    note('already there');
    return;
  }
  if (process.getuid?.() !== 0 || !(await onPath('apt-get'))) {
    const programs = missing.map(([program]) => program).join(' and ');
    throw new Problem(`The tests need ${programs} on PATH: install what is missing.`);
  }
  const names = missing.map(([, name]) => name);
  doing(`installing ${names.join(', ')}`);
  const stable = names.filter((name) => name !== 'docker-buildx');
  if (stable.length > 0) await aptInstall(stable);
  if (lacksBuilder) await aptInstallFrom13(['docker-buildx']);
  note(`installed ${names.join(', ')}`);
}
