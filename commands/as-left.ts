// Whether a stack is as the last command left it: looked at in a moment, by what an `up` reads of the engine and by what
// goes into a plan. Then nothing has to be refreshed, or even planned, to learn that nothing differs. Where it can't be
// told, the plan tells, as ever.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { linesOf, tryDocker } from '../host/docker';
import { keyOf, projectRoot, stateFolder } from '../host/folders';
import { onPath } from '../host/programs';
import { hostSettings } from '../host/settings';
import { configFile, orchestratorOf, projectName, stackPrefix } from '../host/stack';
import { everyTier, officialImages } from '../infra/names';

/** Where a stack's page is, and how to log in: dev's credentials, which the repository shows. */
export interface Place {
  readonly url: string;
  readonly login: Readonly<Record<string, string>>;
}

/** What is kept of the last command. */
interface Left {
  /** Of the state and the engine. */
  readonly server: string;
  /** Of everything that a plan is made of; `npm start` alone keeps it. */
  readonly whole?: string;
  readonly place?: Place;
}

/** Whether a refresh would find nothing. */
export async function serverIsAsLeft(stack: string): Promise<boolean> {
  const server = readLeft(stack)?.server;
  return server !== undefined && server === (await serverMark(stack));
}

/** Where the page is, if a plan would find nothing to do. */
export async function asLeft(stack: string): Promise<Place | undefined> {
  const { server, whole, place } = readLeft(stack) ?? {};
  if (!whole || !place) return undefined;
  const now = await serverMark(stack);
  return now === server && now !== undefined && whole === (await wholeMark(stack, now))
    ? place
    : undefined;
}

/** Keeps what is there now, for the next command. */
export async function keepAsLeft(stack: string, place?: Place): Promise<void> {
  const server = await serverMark(stack);
  if (server === undefined) return forgetAsLeft(stack);
  const whole = place && (await wholeMark(stack, server));
  const left: Left = { server, ...(place && whole !== undefined && { whole, place }) };
  writeFileSync(leftFile(stack), JSON.stringify(left), { mode: 0o600 });
}

export function forgetAsLeft(stack: string): void {
  rmSync(leftFile(stack), { force: true });
}

function readLeft(stack: string): Left | undefined {
  try {
    return JSON.parse(readFileSync(leftFile(stack), 'utf8')) as Left;
  } catch {
    return undefined;
  }
}

function leftFile(stack: string): string {
  return join(stateFolder(), `left-${stack}.json`);
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

/** One word for what an `up` would refresh; undefined, where it can't be seen or is not well. */
async function serverMark(stack: string): Promise<string | undefined> {
  const state = localState(stack);
  if (state === undefined) return undefined;
  const prefix = stackPrefix(stack);
  const [runs, there] = await Promise.all([
    orchestratorOf(stack) === 'swarm' ? readServices(prefix) : readContainers(prefix),
    readRest(prefix),
  ]);
  return runs === undefined || there === undefined ? undefined : digestOf([state, runs, there]);
}

/** The digest of what a state that is in a file has; when it was written is no matter. */
function localState(stack: string): string | undefined {
  const [, folder] =
    /^file:\/\/(.+)$/.exec(process.env.PULUMI_BACKEND_URL ?? 'file://./.state') ?? [];
  if (folder === undefined) return undefined;
  const state = resolve(projectRoot, folder);
  const file = join(state, '.pulumi', 'stacks', projectName, `${stack}.json`);
  if (!existsSync(file)) return undefined;
  const { checkpoint } = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly checkpoint?: { readonly latest?: { readonly resources?: unknown } };
  };
  const resources = checkpoint?.latest?.resources;
  return resources === undefined ? undefined : digestOf(resources);
}

/** Of `docker inspect`, what an `up` decides by: not when it was started, nor by whom. */
export interface LeftContainer {
  readonly Id: string;
  readonly Name: string;
  readonly Image: string;
  readonly Config: unknown;
  readonly HostConfig: unknown;
  readonly State: { readonly Running: boolean; readonly Health?: { readonly Status: string } };
  readonly NetworkSettings: {
    readonly Networks: Readonly<Record<string, { readonly NetworkID: string }>>;
  };
}

async function readContainers(prefix: string): Promise<unknown> {
  // Those of `npm run dev`, too, whose names go on behind the tier's.
  const own = `name=^/?${prefix}-(${everyTier.join('|')})`;
  const containers = await inspected<LeftContainer>(['ps', '--all'], own, ['inspect']);
  return containers && wellOf(containers);
}

/** What tells containers from others; undefined, if one of them is not healthy. */
export function wellOf(containers: readonly LeftContainer[]): unknown {
  const isWell = containers.every(
    ({ State }) => State.Running && State.Health?.Status === 'healthy',
  );
  if (!isWell) return undefined;
  return [...containers]
    .sort((a, b) => (a.Name < b.Name ? -1 : 1))
    .map(({ Id, Name, Image, Config, HostConfig, NetworkSettings }) => [
      ...[Id, Name, Image, Config, HostConfig],
      Object.entries(NetworkSettings.Networks)
        .map(([name, { NetworkID }]) => [name, NetworkID])
        .sort(),
    ]);
}

/** A service is told by what it should be: whether it is, the program watches in every `up`. */
async function readServices(prefix: string): Promise<unknown> {
  const services = await inspected<{ readonly ID: string; readonly Spec: unknown }>(
    ['service', 'ls'],
    `name=${prefix}-`,
    ['service', 'inspect'],
  );
  return services?.map(({ ID, Spec }) => [ID, Spec]).sort();
}

/** Undefined, if there is none. */
async function inspected<T>(
  list: readonly string[],
  filter: string,
  inspect: readonly string[],
): Promise<readonly T[] | undefined> {
  const listed = await tryDocker([...list, '--quiet', '--filter', filter]);
  const ids = listed.ok ? linesOf(listed.stdout) : [];
  if (ids.length === 0) return undefined;
  const found = await tryDocker([...inspect, ...ids]);
  return found.ok ? (JSON.parse(found.stdout) as readonly T[]) : undefined;
}

/** What stands beside what runs: by their ids, none of which changes what it is. */
async function readRest(prefix: string): Promise<unknown> {
  const format = ['--format', '{{.ID}} {{.Name}}'];
  const [networks, volumes, images, secrets, configs] = await Promise.all([
    tryDocker(['network', 'ls', '--no-trunc', ...format]),
    tryDocker(['volume', 'ls', '--format', '{{.Name}} {{.Name}}']),
    tryDocker(['image', 'ls', '--no-trunc', '--format', '{{.ID}} {{.Repository}}:{{.Tag}}']),
    // Of an engine that is in no Swarm there are none.
    tryDocker(['secret', 'ls', ...format]),
    tryDocker(['config', 'ls', ...format]),
  ]);
  if (!networks.ok || !volumes.ok || !images.ok) return undefined;
  const bases: string[] = Object.values({ ...officialImages, ...hostSettings().baseImages });
  const isOwn = (line: string) => {
    const name = line.slice(line.indexOf(' ') + 1);
    return name.includes(`${prefix}-`) || name.includes(`${prefix}/`) || bases.includes(name);
  };
  return [networks, volumes, images, secrets, configs].map(({ ok, stdout }) =>
    ok ? linesOf(stdout).filter(isOwn).sort() : [],
  );
}

/** One word for all that a plan is made of; undefined, where a tool is missing. */
async function wholeMark(stack: string, server: string): Promise<string | undefined> {
  const tools = await readTools();
  if (tools === undefined) return undefined;
  const sources = ['app', 'host', 'infra', 'package.json', 'package-lock.json', 'tsconfig.json'];
  const files = [...sources, 'Pulumi.yaml'].map((name) => join(projectRoot, name));
  const env = Object.entries(process.env)
    .filter(([name]) => /^(DOCKER_|PULUMI_|(https?|no)_proxy$)/i.test(name))
    .sort();
  // Rules that have an end stand again after it.
  const day = new Date().toISOString().slice(0, 10);
  const key = await keyOf([...files, configFile(stack)]);
  return digestOf([server, tools, key, env, hostSettings(), day]);
}

/** What set-up would look for first: the CLI and the plugins. */
async function readTools(): Promise<unknown> {
  const cli = await onPath('pulumi');
  const plugins = join(process.env.PULUMI_HOME ?? join(homedir(), '.pulumi'), 'plugins');
  const found = existsSync(plugins) ? readdirSync(plugins).sort() : [];
  return cli && existsSync(join(projectRoot, 'node_modules', '.package-lock.json'))
    ? [cli, found.filter((name) => /^resource-(docker|random)-v[\d.]+$/.test(name))]
    : undefined;
}
