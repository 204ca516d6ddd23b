// The stand-ins for Pulumi's docker and random plugins, for hosts that can't have the official ones.
import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { keyOf, projectRoot } from '../host/folders';
import { exists, run } from '../host/programs';
import { installModules } from '../setup/modules';
import type { Doing, Note } from '../setup/step';

const sources = join(__dirname, 'plugins');

/** The names of their folders: below Pulumi's home, and below dist/ as `npm run build` leaves them. */
const plugins = ['docker', 'random'].map((name) => `resource-${name}-v${packageVersion(name)}`);

/** In our plugins' folders, with the key of what they were built from. Official ones have none. */
const keyFile = 'timetracker.key';

/** Where the CLI looks: it asks the account, not HOME. */
export function pulumiHome(): string {
  return process.env.PULUMI_HOME ?? join(userInfo().homedir, '.pulumi');
}

/** Installs the stand-ins that are missing or of other sources. Leaves official plugins alone. */
export async function ensurePlugins(note: Note, doing: Doing): Promise<void> {
  const key = await keyOf(
    ['src', 'build.ts', 'package-lock.json'].map((name) => join(sources, name)),
  );
  const wanted: string[] = [];
  let official = 0;
  for (const name of plugins) {
    const folder = join(pulumiHome(), 'plugins', name);
    const found = await readFile(join(folder, keyFile), 'utf8').catch(() => undefined);
    if (found === undefined && (await exists(folder))) official++;
    else if (found !== key) wanted.push(name);
  }
  if (wanted.length === 0) {
    note(official === plugins.length ? 'official, already there' : 'stand-ins, already there');
    return;
  }
  doing('building the stand-ins');
  await installModules(sources);
  await run('npm', ['run', 'build'], { cwd: sources });
  for (const name of wanted) await install(name, key);
  note('stand-ins, built');
}

/** Takes stand-ins away, so that Pulumi fetches the official plugins in their place. */
export async function removeStandIns(note: Note): Promise<void> {
  let removed = 0;
  for (const name of plugins) {
    const folder = join(pulumiHome(), 'plugins', name);
    if (!(await exists(join(folder, keyFile)))) continue;
    await rm(folder, { recursive: true });
    removed++;
  }
  note(`official ones, which Pulumi fetches${removed > 0 ? '; stand-ins removed' : ''}`);
}

async function install(name: string, key: string): Promise<void> {
  const folder = join(pulumiHome(), 'plugins', name);
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await cp(join(sources, 'dist', name), unfinished, { recursive: true });
  await writeFile(join(unfinished, keyFile), key);
  await rm(folder, { recursive: true, force: true });
  await rename(unfinished, folder);
}

/** A plugin has the version of its package, which the program pins. */
function packageVersion(name: string): string {
  const { dependencies } = require(join(projectRoot, 'package.json')) as {
    dependencies: Record<string, string>;
  };
  return dependencies[`@pulumi/${name}`] ?? '';
}
