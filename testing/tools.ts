// Programs that only the tests need: the ones on PATH, else Debian's.
import { Problem } from '../host/problem';
import { onPath } from '../host/programs';
import { aptInstall } from '../offline/debian';
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
  await aptInstall(names);
  note(`installed ${names.join(', ')}`);
}
