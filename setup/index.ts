// All set-up of this project. Each step looks first, and does only what is missing.
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ensureEngine } from './engine';
import { ensureImages, imageNames } from './images';
import { ensureLauncher, removeLauncher } from './launcher';
import { withLock } from './lock.mjs';
import { ensurePlugins, removeStandIns } from './plugins';
import { hostFacts } from './preflight.mjs';
import { Problem, run } from './run.mjs';
import { ensureImageConfig, ensureStack, type Pulumi } from './stack';
import { type Note, step } from './step.mjs';
import { ensureTestTools } from './test-tools';
import { ensureToolchain } from './toolchain';
import { rememberWorld, type World } from './world.mjs';

export const projectRoot = join(__dirname, '..');

export interface Need {
  /** The stack to make ready for `pulumi up`. */
  stack?: string;
  /** Programs that only the tests need, a browser among them. */
  tests?: boolean;
}

export interface Tools {
  world: World;
  /** The environment in which `pulumi` is the right one and knows the stack's passphrase. */
  env: NodeJS.ProcessEnv;
  /** The offline base images; undefined where the official ones can be had. */
  images: typeof imageNames | undefined;
}

/** Does all set-up that is needed, under the lock of this host and account. */
export function setUp(need: Need): Promise<Tools> {
  return withLock(() => runSteps(need));
}

async function runSteps(need: Need): Promise<Tools> {
  await step('docker engine', ensureEngine);
  const { world, cli } = await step('world', lookAround);
  const env: NodeJS.ProcessEnv = { ...process.env };
  if (cli) {
    await step('pulumi', async (note) => {
      await removeLauncher();
      note(`${cli}, already there`);
    });
    env.PATH = `${dirname(cli)}:${env.PATH}`;
  } else {
    const toolchain = await step('pulumi', ensureToolchain);
    await step('pulumi on PATH', (note) => ensureLauncher(toolchain, note));
    env.PATH = `${toolchain}:${env.PATH}`;
    env.PULUMI_SKIP_UPDATE_CHECK ??= 'true';
  }
  let images: Tools['images'];
  if (world === 'offline') {
    await step('plugins', ensurePlugins);
    await step('base images', ensureImages);
    images = imageNames;
  } else {
    await step('plugins', removeStandIns);
  }
  if (need.tests) await step('test tools', ensureTestTools);
  if (need.stack !== undefined) await prepareStack(need.stack, images, env);
  if (!process.env.TIMETRACKER_WORLD) await rememberWorld(world);
  return { world, env, images };
}

async function lookAround(note: Note): Promise<{ world: World; cli: string | undefined }> {
  const { world, worldWhy, cli } = await hostFacts();
  if (!world) throw new Problem(worldWhy);
  note(`${world}: ${worldWhy}`);
  return { world, cli };
}

async function prepareStack(stack: string, images: Tools['images'], env: NodeJS.ProcessEnv) {
  // Dev's state holds only credentials that the repository shows.
  if (stack === 'dev' && env.PULUMI_CONFIG_PASSPHRASE_FILE === undefined) {
    env.PULUMI_CONFIG_PASSPHRASE ??= '';
  }
  const state = join(projectRoot, '.state');
  await mkdir(state, { recursive: true });
  const pulumi: Pulumi = (args) =>
    run('pulumi', [...args, '--non-interactive'], { cwd: projectRoot, env });
  await step('stack', (note) => ensureStack(stack, state, pulumi, note));
  if (images)
    await step('images of stack', (note) => ensureImageConfig(stack, images, pulumi, note));
}
