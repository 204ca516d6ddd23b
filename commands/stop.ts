// `npm run stop`: removes a branch's stack with its data. Never dev, never one on Swarm.
import { existsSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { docker, linesOf, tryDocker } from '../host/docker';
import { projectRoot } from '../host/folders';
import { Problem } from '../host/problem';
import { tryRun } from '../host/programs';
import { configFile, orchestratorOf, otherState, projectName, stackPrefix } from '../host/stack';
import { tiers } from '../infra/names';
import type { StateResource } from '../review/plan';
import { removeDeadLocks } from '../setup/stack';
import type { Arguments } from './arguments';
import { forgetAsLeft } from './as-left';
import { ensureOnlyState, networksOf } from './only-state';
import { Stack } from './stack';
import { confirm, mustAsk } from './terminal';

export async function main({ stack: name, yes }: Arguments): Promise<number> {
  refuseToRemove(name.name, orchestratorOf(name.name));
  const stack = new Stack(name);
  const stacks = await stackNames();
  if (!stacks.includes(name.name))
    throw new Problem(
      `There is no stack ${name.name} here; there are: ${stacks.join(', ') || 'none'}.`,
    );
  if (!existsSync(configFile(name.name)))
    throw new Problem(
      `Stack ${name.name} has lost its Pulumi.${name.name}.yaml. Make it again, with: npm start -- --stack ${name.name}`,
    );
  mustAsk(yes);
  const state = await stack.resources();
  if (state.some(({ type }) => type === 'docker:index/service:Service'))
    refuseToRemove(name.name, 'swarm');
  const kept = state.find(({ protect }) => protect);
  if (kept)
    throw new Problem(
      `Stack ${name.name} has what is protected (${kept.urn.split('::').at(-1)}): look why, then run: pulumi state unprotect --all --stack ${name.said}`,
    );
  // What another clone has under this name is not ours to remove.
  await ensureOnlyState(stack);
  const format = '{{.ID}} {{.Name}}';
  const foreign = foreignNetworks(
    state,
    await names('network', 'ls', '--no-trunc', '--format', format),
  );
  if (foreign.length > 0) throw new Problem(otherState(stack.name, foreign));

  const containers = ownContainers(
    stack.prefix,
    await names('ps', '--all', '--format', '{{.Names}}'),
  );
  const volumes = ownVolumes(stack.prefix, await names('volume', 'ls', '--format', '{{.Name}}'));
  const images = await names(
    ...['images', '--format', '{{.Repository}}:{{.Tag}}', `${stack.prefix}/*`],
  );
  const isTracked = await tracked(configFile(name.name));
  process.stdout.write(
    `${[
      `Of stack ${name.name} this goes, for good:`,
      ...[
        ['containers', containers],
        ['data', volumes],
        ['images', images],
        ['config', isTracked ? [] : [`Pulumi.${name.name}.yaml`]],
      ].flatMap(([what, all]) =>
        all && all.length > 0 ? [`  ${String(what).padEnd(10)}  ${[all].flat().join(', ')}`] : [],
      ),
    ].join('\n')}\n`,
  );
  if (!(await confirm('Remove it, with its data?', yes))) {
    process.stdout.write('Nothing was changed.\n');
    return 1;
  }
  await removeDeadLocks(join(stateFolder(), '.pulumi/locks/organization', projectName, name.name));
  // Also one that an interrupted `up` has made and not noted.
  if (containers.length > 0) await docker(['rm', '--force', ...containers]);
  const code = await stack.show(['destroy', '--yes', '--skip-preview']);
  if (code !== 0) return code;
  const networks = await networksOf(stack);
  if (networks.length > 0) await docker(['network', 'rm', ...networks]);
  if (volumes.length > 0) await docker(['volume', 'rm', ...volumes]);
  // One that somebody else's container runs on stays.
  for (const image of images) await tryDocker(['rmi', image]);
  await stack.pulumi(['stack', 'rm', '--yes', ...(isTracked ? ['--preserve-config'] : [])]);
  removeTraces(name.name);
  process.stdout.write(`\nStack ${name.name} is gone, with its data.\n`);
  return 0;
}

/** @throws Problem for a stack that is not a branch's */
export function refuseToRemove(name: string, orchestrator: string | undefined): void {
  if (name === 'dev')
    throw new Problem(
      `Stack dev stays. \`pulumi destroy --stack dev\` takes it down and keeps its data, which \`docker volume rm ${stackPrefix(name)}-db-data\` removes. A branch's stack is named: npm run stop -- --stack pr-12`,
    );
  if (name === 'prod' || orchestrator === 'swarm')
    throw new Problem(
      `Stack ${name} is production, whose data nothing here removes: see the README on \`pulumi destroy\`.`,
    );
}

/**
 * Networks that have the names of a state's, but are others: the stack was taken down behind its back,
 * and another state has made it again.
 *
 * @param networks a line each: id and name
 */
export function foreignNetworks(
  state: readonly StateResource[],
  networks: readonly string[],
): string[] {
  const ids = new Map(
    state
      .filter(({ type }) => type === 'docker:index/network:Network')
      .map(({ id, inputs }) => [String(inputs?.name), id]),
  );
  return networks.flatMap((line) => {
    const [id, name = ''] = line.split(' ');
    return ids.has(name) && ids.get(name) !== id ? [name] : [];
  });
}

export function ownContainers(prefix: string, containers: readonly string[]): string[] {
  const own = tiers.map((tier) => `${prefix}-${tier}`);
  return containers.filter((container) => own.includes(container));
}

/**
 * The volumes of a stack, those of an earlier program's too: `<prefix>-<tier>-<what>`, compared whole,
 * since another stack's name may begin like this one's.
 */
export function ownVolumes(prefix: string, volumes: readonly string[]): string[] {
  const own = new RegExp(`^${prefix}-(${tiers.join('|')})-[a-z]+(-\\d+b?)?$`);
  return volumes.filter((volume) => own.test(volume));
}

async function stackNames(): Promise<string[]> {
  const listed = await tryRun('pulumi', ['stack', 'ls', '--json', '--non-interactive'], {
    cwd: projectRoot,
  });
  if (!listed.ok) throw new Problem(listed.output.trim());
  const stacks = JSON.parse(listed.stdout) as { name: string }[];
  return stacks.map(({ name }) => name.split('/').at(-1) ?? name);
}

async function names(...words: string[]): Promise<string[]> {
  return linesOf(await docker(words));
}

async function tracked(file: string): Promise<boolean> {
  return (await tryRun('git', ['ls-files', '--error-unmatch', file], { cwd: projectRoot })).ok;
}

/** Of the local backend; one elsewhere has no such folder, and nothing is found in it. */
function stateFolder(): string {
  const { PULUMI_BACKEND_URL: backend = 'file://./.state' } = process.env;
  return resolve(projectRoot, backend.replace(/^file:\/\//, ''));
}

/** What Pulumi keeps of a stack that is gone, and what its images were built from. */
function removeTraces(name: string): void {
  forgetAsLeft(name);
  const state = join(stateFolder(), '.pulumi');
  for (const trace of [
    join(state, 'backups', projectName, name),
    join(state, 'history', projectName, name),
    join(state, 'locks', 'organization', projectName, name),
    join(state, 'stacks', projectName, `${name}.json.bak`),
    join(state, 'stacks', projectName, `${name}.json.bak.attrs`),
    join(projectRoot, '.state', 'contexts', name),
  ])
    rmSync(trace, { recursive: true, force: true });
}
