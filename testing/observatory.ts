// MDN's HTTP Observatory, which grades the headers of a site; installed from its lock file, outside the clone.
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { keyOf, projectRoot } from '../host/folders';
import { run } from '../host/programs';
import { made } from './workflow-tools';

const sources = join(projectRoot, 'testing', 'observatory');

export interface Grade {
  /** A+ to F. */
  readonly grade: string;
  /** Of 100, and more by extras. */
  readonly score: number;
  readonly results: readonly {
    readonly name: string;
    readonly result: string;
    readonly pass: boolean;
    readonly points: number;
  }[];
}

/** @param site its name, which leads to this host; its ports; and the root that signs for it, a file */
export async function gradeOf(site: {
  readonly name: string;
  readonly httpPort: number;
  readonly httpsPort: number;
  readonly root: string;
}): Promise<Grade> {
  const folder = await made(`observatory-${await keyOf([sources])}`, async (into) => {
    await cp(sources, into, { recursive: true });
    await run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: into });
  });
  const words = [folder, site.name, String(site.httpPort), String(site.httpsPort)];
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: site.root };
  const said = await run('npx', ['tsx', join(sources, 'grade.ts'), ...words], { env });
  return JSON.parse(said) as Grade;
}
