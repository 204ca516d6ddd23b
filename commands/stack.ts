// What the commands share: a stack that is up, its config, and the engine that it runs on.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { projectRoot } from '../setup/index';
import { Problem, run, show, tryRun } from '../setup/run.mjs';

const projectName = 'timetracker';

export interface Arguments {
  readonly stack: string;
  /** Goes on without asking. */
  readonly yes: boolean;
  readonly rest: readonly string[];
}

/** `--stack NAME` (default prod), `--yes`, and what else a command takes. */
export function readArguments(args: string[], usage: string, rest: number): Arguments {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        stack: { type: 'string', short: 's', default: 'prod' },
        yes: { type: 'boolean', short: 'y', default: false },
      },
    });
    if (positionals.length === rest)
      return { stack: values.stack, yes: values.yes, rest: positionals };
  } catch {
    // Said below, as for the wrong number of words.
  }
  throw new Problem(`usage: ${usage}`);
}

/** The file that holds a stack's passphrase, unless the environment names another. */
export function passphraseFile(stack: string): string {
  const folder = process.env.XDG_CONFIG_HOME || join(homedir(), '.config');
  return join(folder, projectName, `${stack}.passphrase`);
}

/** Whether the environment says the passphrase by itself. */
export function passphraseIsSet(env: NodeJS.ProcessEnv): boolean {
  return env.PULUMI_CONFIG_PASSPHRASE !== undefined || Boolean(env.PULUMI_CONFIG_PASSPHRASE_FILE);
}

export class Stack {
  /** Prefix of the stack's names on the engine. */
  readonly prefix: string;
  private readonly env: NodeJS.ProcessEnv;

  constructor(
    readonly name: string,
    env: NodeJS.ProcessEnv = process.env,
  ) {
    this.prefix = `${projectName}-${name}`;
    const file = passphraseFile(name);
    this.env =
      !passphraseIsSet(env) && existsSync(file)
        ? { ...env, PULUMI_CONFIG_PASSPHRASE_FILE: file }
        : env;
  }

  /** Runs the CLI on this stack and returns what it prints. */
  pulumi(args: string[], input?: string): Promise<string> {
    return run('pulumi', [...args, '--stack', this.name, '--non-interactive'], {
      cwd: projectRoot,
      env: this.env,
      ...(input !== undefined && { input }),
    });
  }

  /** Runs the CLI on the user's terminal and returns its exit code. */
  show(args: string[]): Promise<number> {
    return show('pulumi', [...args, '--stack', this.name], { cwd: projectRoot, env: this.env });
  }

  /** Runs the docker CLI, on the engine that bootstrap.mjs found in the stack's config. */
  async docker(args: string[]): Promise<string> {
    return (await run('docker', args, { env: this.env })).trim();
  }

  /** Like docker(), where a failure is an answer. */
  tryDocker(args: string[]): Promise<{ ok: boolean; stdout: string; output: string }> {
    return tryRun('docker', args, { env: this.env });
  }

  /** Ids of a tier's running containers on this server, as far as they fit further filters of `docker ps`. */
  async containers(tier: string, ...further: string[]): Promise<string[]> {
    const label = `label=com.docker.swarm.service.name=${this.prefix}-${tier}`;
    const filters = [label, ...further].flatMap((filter) => ['--filter', filter]);
    return (await this.docker(['ps', '-q', ...filters])).split('\n').filter(Boolean);
  }

  /**
   * Runs a program in a tier's container and returns what it prints.
   * @throws Problem if none runs, or if the program fails
   */
  async inTier(tier: string, ...program: string[]): Promise<string> {
    const [container] = await this.containers(tier);
    if (!container)
      throw new Problem(
        `The ${tier} of stack ${this.name} does not run: see docker service ps ${this.prefix}-${tier}`,
      );
    return this.docker(['exec', container, ...program]);
  }

  /** A value of the stack's config, or undefined. */
  async config(key: string): Promise<string | undefined> {
    const result = await tryRun(
      'pulumi',
      ['config', 'get', key, '--stack', this.name, '--non-interactive'],
      { cwd: projectRoot, env: this.env },
    );
    if (result.ok) return result.stdout.trim();
    if (/not found/.test(result.output)) return undefined;
    throw new Problem(result.output.trim());
  }

  async outputs(): Promise<Record<string, unknown>> {
    return JSON.parse(await this.pulumi(['stack', 'output', '--json'])) as Record<string, unknown>;
  }

  /**
   * Sets a config key (undefined: removes it), shows the plan, asks, and carries it out. Declined, or with a plan
   * that fails, the config is as it was.
   */
  async change(key: string, value: string | undefined, yes: boolean): Promise<number> {
    const before = await this.config(key);
    await this.setConfig(key, value);
    const undo = () => this.setConfig(key, before);
    if ((await this.show(['preview'])) !== 0) {
      await undo();
      return 1;
    }
    if (!yes && !(await confirm('Do it?'))) {
      await undo();
      process.stdout.write('Nothing was changed.\n');
      return 1;
    }
    return this.show(['up', '--yes', '--skip-preview']);
  }

  private async setConfig(key: string, value: string | undefined): Promise<void> {
    if (value !== undefined) await this.pulumi(['config', 'set', key, value]);
    else if ((await this.config(key)) !== undefined) await this.pulumi(['config', 'rm', key]);
  }
}

/** A question on the terminal; without one the answer is no, and the flag is named. */
export async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) throw new Problem('There is no terminal to ask on: add --yes.');
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}
