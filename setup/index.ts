// All set-up of this project. Each step looks first, and does only what is missing.
import { projectRoot, stateFolder } from '../host/folders';
import { withLock } from '../host/lock';
import { Problem } from '../host/problem';
import { run } from '../host/programs';
import type { World } from '../host/settings';
import { withPassphrase } from '../host/stack';
import { ensurePlugins, removeStandIns } from '../offline/stand-ins';
import { ensureBaseImages } from './base-images';
import { ensureEngine } from './engine';
import { ensureLauncher } from './launcher';
import { hostFacts, hostNote, hostProblems } from './preflight';
import { ensurePulumi } from './pulumi';
import { ensureStack, type Pulumi } from './stack';
import { step } from './step';
import { chooseWorld } from './world';

export interface Tools {
  readonly world: World;
  /** The environment in which `pulumi` is the right one. */
  readonly env: NodeJS.ProcessEnv;
}

/** Says what this host lacks that set-up can't mend, before anything is changed. Throws a Problem. */
export async function checkHost(): Promise<void> {
  await step('host', async (note) => {
    const facts = await hostFacts();
    const problems = hostProblems(facts);
    if (problems.length > 0) throw new Problem(problems.join('\n'));
    note(hostNote(facts));
  });
}

/** Does all set-up that a host needs, under the lock of this host and account. */
export function setUp(): Promise<Tools> {
  return withLock(async () => {
    await step('docker engine', ensureEngine);
    const host = await step('world', async (note) => {
      const { world, worldWhy, cli, platform } = await hostFacts();
      if (!world) throw new Problem(worldWhy);
      note(`${world}: ${worldWhy}`);
      return { world, cli, platform };
    });
    const { world } = host;
    const pulumi = await step('pulumi', (note, doing) => ensurePulumi(host, note, doing));
    if (!pulumi.onPath) await step('pulumi on PATH', (note) => ensureLauncher(pulumi.folder, note));
    await step('plugins', world === 'offline' ? ensurePlugins : removeStandIns);
    await step('base images', (note, doing) => ensureBaseImages(world, note, doing));
    if (!process.env.TIMETRACKER_WORLD) chooseWorld(world);
    const env = { ...process.env, PATH: `${pulumi.folder}:${process.env.PATH}` };
    return { world, env: pulumi.onPath ? env : { PULUMI_SKIP_UPDATE_CHECK: 'true', ...env } };
  });
}

/** Makes a stack ready for `pulumi up`, and returns the environment in which it is. */
export async function setUpStack(stack: string, { env }: Tools): Promise<NodeJS.ProcessEnv> {
  return withLock(async () => {
    const own = withPassphrase(stack, env);
    const state = stateFolder();
    const pulumi: Pulumi = (args) =>
      run('pulumi', [...args, '--non-interactive'], { cwd: projectRoot, env: own });
    await step('stack', (note) => ensureStack(stack, state, pulumi, note));
    return own;
  });
}
