// The Pulumi CLI: the official one that is there; else the official one, fetched by Pulumi's own npm
// package; else built with Go.
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { projectRoot } from '../host/folders';
import { Problem } from '../host/problem';
import { exists, lastLines, tryRun } from '../host/programs';
import type { World } from '../host/settings';
import { ensureToolchain } from '../offline/toolchain/build';
import { ensureCommand } from '../offline/toolchain/command';
import { removeLauncher } from './launcher';
import { installedCopy } from './modules';
import type { HostFacts } from './preflight';
import type { Doing, Note } from './step';

const sources = join(projectRoot, 'setup', 'pulumi-cli');

export interface PulumiCli {
  /** Has `pulumi` and its language hosts. */
  readonly folder: string;
  /** It is on PATH by itself, and needs no launcher. */
  readonly onPath: boolean;
}

export async function ensurePulumi(
  host: Pick<HostFacts, 'cli' | 'platform'> & { readonly world: World },
  note: Note,
  doing: Doing,
): Promise<PulumiCli> {
  if (host.cli) {
    await removeLauncher();
    note(`${host.cli}, already there`);
    return { folder: dirname(host.cli), onPath: true };
  }
  if (host.world === 'offline') return { folder: await build(note, doing), onPath: false };
  const fetched = await fetchCli(note, doing);
  if ('folder' in fetched) return { folder: fetched.folder, onPath: false };
  if (host.platform !== 'linux/x64')
    throw new Problem(
      `There is no Pulumi CLI, and it can't be fetched: run \`curl -fsSL https://get.pulumi.com | sh\` and open a new shell.\n${fetched.why}`,
    );
  return { folder: await build(note, doing), onPath: false };
}

async function build(note: Note, doing: Doing): Promise<string> {
  return ensureCommand(await ensureToolchain(note, doing), doing);
}

/** Pulumi's package fetches the CLI of its own version, for this platform, into Pulumi's home. */
async function fetchCli(note: Note, doing: Doing): Promise<{ folder: string } | { why: string }> {
  const version = cliVersion();
  const folder = join(pulumiVersions(), version, 'bin');
  if (await exists(join(folder, 'pulumi'), 1)) {
    note(`v${version}, already there`);
    return { folder };
  }
  doing(`fetching the CLI, v${version}`);
  const wrapper = await installedCopy('pulumi-cli', sources);
  const outcome = await tryRun(process.execPath, [
    join(wrapper, 'node_modules', 'pulumi', 'run.js'),
    'version',
  ]);
  if (!outcome.ok || !(await exists(join(folder, 'pulumi'), 1)))
    return { why: lastLines(outcome.output, 5) };
  note(`v${version}, fetched`);
  return { folder };
}

/** Where Pulumi's package keeps what it fetches. */
function pulumiVersions(): string {
  return join(process.env.PULUMI_HOME ?? join(homedir(), '.pulumi'), 'versions');
}

/** The CLI's version, without v: pinned with the package that fetches it. */
export function cliVersion(): string {
  const { dependencies } = require(join(sources, 'package.json')) as {
    dependencies: { pulumi: string };
  };
  return dependencies.pulumi;
}
