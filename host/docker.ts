// The one place that calls the docker CLI, and that knows which engine is meant.
import { readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Outcome, outputOf, type RunOptions, run, tryRun, tryRunSync } from './programs';

const cli = 'docker';

/** Runs the docker CLI and returns what it prints. Throws a Problem if it fails. */
export async function docker(args: readonly string[], options?: RunOptions): Promise<string> {
  return (await run(cli, args, options)).trim();
}

/** Like docker(), where a failure is an answer. */
export function tryDocker(args: readonly string[], options?: RunOptions): Promise<Outcome> {
  return tryRun(cli, args, options);
}

/** Like docker(), for the program and for the last moments of a process. */
export function dockerSync(args: readonly string[]): string {
  return outputOf(cli, args, tryDockerSync(args)).trim();
}

/** Like dockerSync(), where a failure is an answer. */
export function tryDockerSync(args: readonly string[]): Outcome {
  return tryRunSync(cli, args);
}

/** The last lines of a service's log that hold a text, of both its streams; none where there is no such log. */
export async function serviceLog(service: string, since: string, text: string): Promise<string> {
  const script = `${cli} service logs --raw --since "$2" "$1" 2>&1 | grep -F -- "$3" | tail -n 500`;
  return (await tryRun('sh', ['-c', script, 'sh', service, since, text])).stdout;
}

/** The lines of an answer that are not empty. */
export function linesOf(answer: string): string[] {
  return answer.split('\n').filter(Boolean);
}

/** What a stack's config says of its engine: `docker:host`, `docker:context`. */
export interface EngineConfig {
  readonly host?: string | undefined;
  readonly context?: string | undefined;
}

/** Where the provider plugins look without any word; the CLI's default, too. */
export const defaultEngine = 'unix:///var/run/docker.sock';

/**
 * The address of the engine that is meant: the stack's config, else DOCKER_HOST, else the docker
 * context in use, as the docker CLI has it.
 */
export function engineAddress(config: EngineConfig, env: NodeJS.ProcessEnv = process.env): string {
  if (config.host) return config.host;
  if (config.context) return contextAddress(config.context);
  if (env.DOCKER_HOST) return env.DOCKER_HOST;
  const context = env.DOCKER_CONTEXT || currentContext(env);
  return context && context !== 'default' ? contextAddress(context) : defaultEngine;
}

/** Where the provider plugins go, which know nothing of the docker context in use. */
export function providerAddress(
  config: EngineConfig,
  env: NodeJS.ProcessEnv = process.env,
): string {
  if (config.host || config.context) return engineAddress(config, env);
  return env.DOCKER_HOST || (env.DOCKER_CONTEXT ? engineAddress({}, env) : defaultEngine);
}

/** Whether two addresses are one engine: a socket may have several names. */
export function sameEngine(one: string, other: string): boolean {
  return socketOf(one) === socketOf(other);
}

/** Whether an engine runs on this host. */
export function isLocal(address: string): boolean {
  return address.startsWith('unix://');
}

/** The host's name in an address, such as `server` in ssh://deploy@server; else localhost. */
export function hostOf(address: string): string {
  return /^(?:ssh|tcp):\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^:/]+)/.exec(address)?.[1] ?? 'localhost';
}

function socketOf(address: string): string {
  if (!isLocal(address)) return address;
  try {
    return realpathSync(address.slice('unix://'.length));
  } catch {
    return address;
  }
}

/** The context that `docker context use` chose, without starting the CLI. */
function currentContext(env: NodeJS.ProcessEnv): string | undefined {
  const folder = env.DOCKER_CONFIG || join(homedir(), '.docker');
  try {
    const { currentContext } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
    return typeof currentContext === 'string' ? currentContext : undefined;
  } catch {
    return undefined;
  }
}

function contextAddress(context: string): string {
  return dockerSync(['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}', context]);
}

/** What an engine says of itself; `arch` as in linux/amd64. */
export interface EngineVersion {
  readonly version: string;
  readonly platform: string;
}

/** The engine's version and platform; without an answer, why. */
export async function engineVersion(): Promise<EngineVersion | { readonly why: string }> {
  const outcome = await tryDocker(versionQuery);
  return outcome.ok ? parseVersion(outcome.stdout) : { why: outcome.output.trim() };
}

/** The platform that an engine builds for and runs, such as linux/arm64; undefined without an answer. */
export function enginePlatform(address: string): string | undefined {
  const outcome = tryDockerSync(['--host', address, ...versionQuery]);
  return outcome.ok ? parseVersion(outcome.stdout).platform : undefined;
}

const versionQuery = ['version', '--format', '{{.Server.Version}} {{.Server.Os}}/{{.Server.Arch}}'];

function parseVersion(answer: string): EngineVersion {
  const [version = '', platform = ''] = answer.trim().split(' ');
  return { version, platform };
}
