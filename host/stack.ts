// Which stack is meant, and what this host knows of it: its engine, its passphrase.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineConfig } from './docker';
import { configFolder, projectRoot } from './folders';
import { Problem } from './problem';

/** As Pulumi.yaml names it. */
export const projectName =
  /^name:\s*(\S+)/m.exec(readFileSync(join(projectRoot, 'Pulumi.yaml'), 'utf8'))?.[1] ?? '';

/** A stack as a person names it: `prod`, or Pulumi's full `organization/timetracker/prod`. */
export interface StackName {
  /** The last part: in the names of files and of things on the engine. */
  readonly name: string;
  /** As it was said, for the CLI. */
  readonly said: string;
}

/** @throws Problem for a name that no stack of this project can have */
export function stackName(said: string): StackName {
  const parts = said.split('/');
  const name = parts.at(-1) ?? '';
  const project = parts.length === 3 ? parts[1] : projectName;
  if (parts.length > 3 || project !== projectName || !/^[\w.-]+$/.test(name))
    throw new Problem(
      `"${said}" is not a stack of this project: name one as in --stack prod, or --stack organization/${projectName}/prod.`,
    );
  return { name, said };
}

/** What all names of a stack on the engine begin with. */
export function stackPrefix(name: string): string {
  return `${projectName}-${name}`;
}

/** The file that holds a stack's config. */
export function configFile(name: string): string {
  return join(projectRoot, `Pulumi.${name}.yaml`);
}

/** A plain value of a stack's config, without asking Pulumi; undefined, if it has none. */
function configured(name: string, key: string): string | undefined {
  const config = existsSync(configFile(name)) ? readFileSync(configFile(name), 'utf8') : '';
  return new RegExp(`^\\s+["']?${key}["']?:\\s*["']?([^\\s"'#]+)`, 'm').exec(config)?.[1];
}

/** What a stack's config says of its engine. */
export function engineConfig(name: string): EngineConfig {
  return { host: configured(name, 'docker:host'), context: configured(name, 'docker:context') };
}

/** What runs a stack, as its config says. */
export function orchestratorOf(name: string): string | undefined {
  return configured(name, `${projectName}:orchestrator`);
}

/** Where the images of a stack go, as its config says; undefined: they stay on its engine. */
export function registryOf(name: string): string | undefined {
  return configured(name, `${projectName}:registry`);
}

/** Whether somebody else runs a stack's database, as its config says. */
export function hasExternalDatabase(name: string): boolean {
  return configured(name, `${projectName}:database`) === 'external';
}

/** The file that holds a stack's passphrase, unless the environment names another. */
export function passphraseFile(name: string): string {
  return join(configFolder(), `${name}.passphrase`);
}

/**
 * Where Pulumi finds a stack's passphrase, in this order: what the environment says; the stack's
 * file; the empty one of dev and of any other stack of containers, whose state holds only credentials
 * that the repository shows. For one on Swarm nothing is added, and Pulumi asks. The launcher has the
 * same rule, in shell.
 */
export function withPassphrase(
  name: string,
  env: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
  if (passphraseIsSet(env)) return env;
  const file = passphraseFile(name);
  if (existsSync(file)) return { ...env, PULUMI_CONFIG_PASSPHRASE_FILE: file };
  return name === 'dev' || orchestratorOf(name) === 'container'
    ? { ...env, PULUMI_CONFIG_PASSPHRASE: '' }
    : env;
}

/** Whether the environment says the passphrase by itself. */
export function passphraseIsSet(env: NodeJS.ProcessEnv): boolean {
  return (
    env.PULUMI_CONFIG_PASSPHRASE !== undefined || env.PULUMI_CONFIG_PASSPHRASE_FILE !== undefined
  );
}

/** Whether a stack's config was encrypted with a passphrase already. */
export function hasPassphrase(name: string): boolean {
  return (
    existsSync(configFile(name)) && /^encryptionsalt:/m.test(readFileSync(configFile(name), 'utf8'))
  );
}

/** For a stack with a passphrase that nothing on this host names. */
export function missingPassphrase(name: string): Problem {
  return new Problem(
    `Stack ${name} has a passphrase that is not on this host. Put it into ${passphraseFile(name)}, ` +
      'or set PULUMI_CONFIG_PASSPHRASE_FILE to a file that holds it.',
  );
}

/** What to say where the engine runs a stack that the state knows nothing of. @param networks its own, on the engine */
export function otherState(name: string, networks: readonly string[]): string {
  const prefix = stackPrefix(name);
  return [
    `The engine has stack ${name} already (${networks.join(', ')}), but this state knows nothing of it.`,
    'It belongs to another clone of this repository, or to another PULUMI_BACKEND_URL: go on from there,',
    `or take a stack of another name. If that state is lost, its containers and networks can go, and the data stays:`,
    `  docker ps -aq --filter name=^${prefix}- | xargs -r docker rm -fv`,
    `  docker service ls -q --filter name=${prefix}- | xargs -r docker service rm`,
    `  docker network rm ${networks.join(' ')}`,
  ].join('\n');
}
