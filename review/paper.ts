// A plan on paper: the stack of the base is put up in a throw-away state by providers that ask no
// engine, and the head is planned against it. No passphrase, no state, no engine, no server.
//
// Code of both commits runs here, a stranger's too: it gets an environment in which there is nothing
// of this process's own, and must not run where there are files or addresses worth stealing.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { cacheFolder, keyOf, ownFolder, projectRoot } from '../host/folders';
import { Problem } from '../host/problem';
import { exists, lastLines, type Outcome, run, tryRun } from '../host/programs';
import { projectName, stackPrefix } from '../host/stack';
import { installModules } from '../setup/modules';
import { onPaper, type PaperConfig, PaperSecrets } from './config';
import { type Plan, readPlan, withoutColors } from './plan';
import { fileIn, type Sides, writeTree } from './trees';

/** Nothing may hang a review. */
const patienceSeconds = 300;

const plugins = join(projectRoot, 'offline', 'plugins');

/** What one of the two programs says, or why it says nothing. */
export type PaperPlan =
  | {
      readonly plan: Plan;
      /** The config that the base ran with; undefined, if it has no such stack. */
      readonly baseConfig: Readonly<Record<string, string>> | undefined;
      /** Keys of secrets that are encrypted otherwise, or came, or went. */
      readonly changedSecrets: readonly string[];
      readonly lacksAdminPassword: boolean;
    }
  | { readonly failed: 'base' | 'head'; readonly why: string };

type Side = 'base' | 'head';

/** A throw-away place in which plans are made. */
export class Desk {
  private readonly secrets = new PaperSecrets();

  private constructor(
    private readonly folder: string,
    private readonly sides: Sides,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  /** @param cli the folder of the Pulumi CLI */
  static async open(sides: Sides, cli: string): Promise<Desk> {
    const folder = mkdtempSync(join(tmpdir(), 'timetracker-review-'));
    try {
      const desk = new Desk(folder, sides, paperEnvironment(folder, cli));
      await desk.furnish(await paperPlugins());
      return desk;
    } catch (error) {
      rmSync(folder, { recursive: true, force: true });
      throw error;
    }
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async furnish(plugins: string): Promise<void> {
    const at = (...path: string[]) => join(this.folder, ...path);
    for (const folder of ['home', 'tmp', 'bin', 'config', 'state/.pulumi'])
      mkdirSync(at(folder), { recursive: true, mode: 0o700 });
    mkdirSync(at('home/.pulumi'));
    symlinkSync(plugins, at('home/.pulumi/plugins'));
    writeFileSync(at('state/.pulumi/meta.yaml'), 'version: 1\n');
    // Whoever asks for the engine hears of one that is the same everywhere; nothing else is answered.
    writeFileSync(
      at('bin/docker'),
      '#!/bin/sh\ncase " $* " in *" version "*) echo 27.0.0 linux/amd64 ;; *) echo "there is no engine on paper" >&2; exit 1 ;; esac\n',
    );
    chmodSync(at('bin/docker'), 0o755);
    await Promise.all(
      (['base', 'head'] as const).map(async (side) => {
        await writeTree(this.sides[side].tree, at(side));
        await this.giveModules(side);
      }),
    );
  }

  /** This clone's modules where the lock file is the same, else those that the lock file names, without running any script. */
  private async giveModules(side: Side): Promise<void> {
    const folder = join(this.folder, side);
    const modules = join(folder, 'node_modules');
    rmSync(modules, { recursive: true, force: true });
    const lock = (root: string) => {
      const file = join(root, 'package-lock.json');
      return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    };
    if (lock(folder) === lock(projectRoot)) {
      symlinkSync(join(projectRoot, 'node_modules'), modules);
      return;
    }
    const registry = (await run('npm', ['config', 'get', 'registry'], { cwd: this.folder })).trim();
    const installed = await tryRun(
      'npm',
      ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--registry', registry],
      { cwd: folder, env: { ...this.env, ...proxyOf(process.env) } },
    );
    if (!installed.ok)
      throw new Problem(
        `The node modules of ${side} (${this.sides[side].ref}) can't be installed:\n${lastLines(installed.output, 10)}`,
      );
  }

  /** Plans one stack: what becomes of one that runs the base. */
  async plan(stack: string): Promise<PaperPlan> {
    const base = await this.config(stack, 'base');
    const head = await this.config(stack, 'head');
    if (!head)
      throw new Problem(`There is no stack ${stack}: the head has no Pulumi.${stack}.yaml.`);
    const stacks = join(this.folder, 'state/.pulumi/stacks', projectName);
    mkdirSync(stacks, { recursive: true });
    writeFileSync(
      join(stacks, `${stack}.json`),
      JSON.stringify({
        version: 3,
        checkpoint: { stack: `organization/${projectName}/${stack}`, latest: null },
      }),
    );
    if (base) {
      const words = ['up', '--yes', '--skip-preview', '--suppress-progress', '--color=never'];
      const up = await this.pulumi('base', stack, words);
      if (!up.ok) return { failed: 'base', why: reasonOf(up) };
    }
    const preview = await this.pulumi('head', stack, ['preview', '--json']);
    const plan = planOf(preview, stack);
    if (!plan) return { failed: 'head', why: reasonOf(preview) };
    if (!preview.ok && !isRefusal(plan)) return { failed: 'head', why: plan.errors.join('\n') };
    return {
      plan,
      baseConfig: base && this.usedConfig(stack),
      changedSecrets: base ? changedKeys(base, head) : [],
      lacksAdminPassword: head.lacksAdminPassword && base?.lacksAdminPassword !== true,
    };
  }

  /** Writes the config that a side is planned with. */
  private async config(stack: string, side: Side): Promise<PaperConfig | undefined> {
    const text = await fileIn(this.sides[side].tree, `Pulumi.${stack}.yaml`);
    if (text === undefined) return undefined;
    const paper = onPaper(text, this.secrets, projectName);
    writeFileSync(this.configFile(stack, side), paper.text);
    return paper;
  }

  private configFile(stack: string, side: Side): string {
    return join(this.folder, 'config', `${side}.${stack}.yaml`);
  }

  /** As Pulumi read it, from the record of the base's update. */
  private usedConfig(stack: string): Readonly<Record<string, string>> {
    const folder = join(this.folder, 'state/.pulumi/history', projectName, stack);
    const file = readdirSync(folder).find((name) => name.endsWith('.history.json'));
    const { config } = JSON.parse(readFileSync(join(folder, file ?? ''), 'utf8')) as {
      config?: Record<string, unknown>;
    };
    return Object.fromEntries(
      Object.entries(config ?? {}).map(([key, value]) => [key, plainConfig(value)]),
    );
  }

  private pulumi(side: Side, stack: string, words: readonly string[]): Promise<Outcome> {
    const args = [
      ...words,
      ...['--stack', stack, '--config-file', this.configFile(stack, side)],
      ...['--refresh=false', '--non-interactive'],
    ];
    const limited = process.platform === 'linux' ? ['timeout', String(patienceSeconds)] : [];
    const [program = 'pulumi', ...rest] = [...limited, 'pulumi', ...args];
    return tryRun(program, rest, { cwd: join(this.folder, side), env: this.env });
  }
}

/** All that the programs of a change get to see of this host. */
function paperEnvironment(folder: string, cli: string): NodeJS.ProcessEnv {
  const home = join(folder, 'home');
  return {
    PATH: [join(folder, 'bin'), cli, ...(process.env.PATH ?? '').split(delimiter)].join(delimiter),
    HOME: home,
    TMPDIR: join(folder, 'tmp'),
    LANG: 'C.UTF-8',
    XDG_CONFIG_HOME: join(home, '.config'),
    XDG_CACHE_HOME: join(home, '.cache'),
    PULUMI_HOME: join(home, '.pulumi'),
    PULUMI_BACKEND_URL: `file://${join(folder, 'state')}`,
    PULUMI_CONFIG_PASSPHRASE: '',
    PULUMI_SKIP_UPDATE_CHECK: 'true',
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
    // On another host, where nobody looks whether a port is free.
    DOCKER_HOST: 'ssh://paper@paper.invalid',
    NO_PROXY: 'localhost,127.0.0.1,::1',
    TSX_DISABLE_CACHE: '1',
  };
}

/** The way to the package registry, for npm alone, which runs nothing of the change. */
function proxyOf(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'NODE_EXTRA_CA_CERTS'];
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name] ?? env[name.toLowerCase()];
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

/** The stand-ins, the docker one on paper; built once for these sources. */
async function paperPlugins(): Promise<string> {
  const sources = ['src', 'build.ts', 'package-lock.json'].map((name) => join(plugins, name));
  const folder = join(ownFolder(cacheFolder()), `paper-plugins-${await keyOf(sources)}`);
  if (await exists(folder)) return folder;
  await installModules(plugins);
  const unfinished = `${folder}.${process.pid}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await run('npm', ['run', '--silent', 'build', '--', unfinished, 'paper'], { cwd: plugins });
  // Another review may have been first.
  await rename(unfinished, folder).catch(() => rm(unfinished, { recursive: true, force: true }));
  return folder;
}

function planOf(outcome: Outcome, stack: string): Plan | undefined {
  try {
    return readPlan(outcome.stdout, stackPrefix(stack));
  } catch {
    return undefined;
  }
}

/** A plan that is whole, and that Pulumi won't carry out: it would remove what is protected. */
export function isRefusal({ errors, resources }: Plan): boolean {
  return (
    resources.length > 0 &&
    errors.length > 0 &&
    errors.every((error) => /protected|refusing to proceed|preview failed/i.test(error))
  );
}

function reasonOf({ output }: Outcome): string {
  return (
    withoutColors(output)
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-25)
      .join('\n') || 'it ended without a word'
  );
}

function changedKeys(base: PaperConfig, head: PaperConfig): string[] {
  const keys = new Set([...base.secrets.keys(), ...head.secrets.keys()]);
  return [...keys].filter((key) => base.secrets.get(key) !== head.secrets.get(key)).sort();
}

/** A value in Pulumi's record: a text, or an object that says more. */
function plainConfig(value: unknown): string {
  if (typeof value === 'string') return value.startsWith('{"secure":') ? '[secret]' : value;
  const said = value as { value?: unknown; string?: unknown; secret?: unknown } | null;
  if (said?.secret === true) return '[secret]';
  return String(said?.value ?? said?.string ?? JSON.stringify(value));
}
