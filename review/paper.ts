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
import { paperVariable } from '../infra/names';
import { installModules } from '../setup/modules';
import { onPaper, type PaperConfig, PaperSecrets } from './config';
import { isRefusal, type Plan, readPlan, type StateResource, withoutColors } from './plan';
import { differing, fileIn, writeTree } from './trees';

/** Nothing may hang a review. */
const patienceSeconds = 300;

/** Where the program begins, as package.json has it. */
const program = 'infra/index.ts';

/** What its types depend on. */
const programFiles = [
  'infra',
  'host',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.base.json',
];

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

/** A throw-away place in which plans are made. */
export class Desk {
  private readonly secrets = new PaperSecrets();
  private readonly written = new Map<string, Promise<string>>();
  private readonly putUp = new Map<string, Promise<Base>>();
  private readonly compiled = new Map<string, Promise<string | undefined>>();

  private constructor(
    /** Holds all that is written for it. */
    readonly folder: string,
    private readonly base: string,
    private readonly root: string,
    private readonly env: NodeJS.ProcessEnv,
    private readonly checksTypes: boolean,
  ) {}

  /**
   * @param base the tree that stacks run
   * @param cli the folder of the Pulumi CLI
   * @param root the repository that has the trees
   * @param checksTypes false for trees whose types are checked elsewhere
   */
  static async open(
    base: string,
    cli: string,
    root = projectRoot,
    checksTypes = true,
  ): Promise<Desk> {
    const folder = mkdtempSync(join(tmpdir(), 'timetracker-review-'));
    const desk = new Desk(folder, base, root, paperEnvironment(folder, cli), checksTypes);
    process.on('exit', desk.close);
    furnish(folder, await paperPlugins());
    return desk;
  }

  readonly close = (): void => {
    process.off('exit', this.close);
    rmSync(this.folder, { recursive: true, force: true });
  };

  /** Plans one stack of a tree: what becomes of one that runs the base. */
  async plan(stack: string, head: string): Promise<PaperPlan> {
    const config = await this.config(stack, head);
    if (!config)
      throw new Problem(`There is no stack ${stack}: the head has no Pulumi.${stack}.yaml.`);
    const base = this.putUp.get(stack) ?? this.putUpBase(stack);
    this.putUp.set(stack, base);
    // While the base is put up.
    const written = await this.tree(head);
    const broken = await this.compile(head, written);
    const { why, config: baseConfig, used } = await base;
    if (why !== undefined) return { failed: 'base', why };
    if (broken !== undefined) return { failed: 'head', why: broken };
    const words = ['preview', '--json', '--show-sames'];
    const preview = await this.pulumi(written, config.file, stack, words);
    const plan = planOf(preview, stack, this.state(stack));
    if (!plan) return { failed: 'head', why: reasonOf(preview) };
    if (!preview.ok && !isRefusal(plan))
      return { failed: 'head', why: plan.errors.join('\n') || reasonOf(preview) };
    return {
      plan,
      baseConfig: used,
      changedSecrets: baseConfig ? changedKeys(baseConfig, config) : [],
      lacksAdminPassword: config.lacksAdminPassword && baseConfig?.lacksAdminPassword !== true,
    };
  }

  private async putUpBase(stack: string): Promise<Base> {
    const stacks = join(this.folder, 'state/.pulumi/stacks', projectName);
    mkdirSync(stacks, { recursive: true });
    writeFileSync(
      join(stacks, `${stack}.json`),
      JSON.stringify({
        version: 3,
        checkpoint: { stack: `organization/${projectName}/${stack}`, latest: null },
      }),
    );
    const config = await this.config(stack, this.base);
    if (!config) return {};
    const words = ['up', '--yes', '--skip-preview', '--suppress-progress', '--color=never'];
    const up = await this.pulumi(await this.tree(this.base), config.file, stack, words);
    return up.ok ? { config, used: this.usedConfig(stack) } : { why: reasonOf(up) };
  }

  /** What is wrong with a tree's types, which every `pulumi up` checks. */
  private compile(tree: string, folder: string): Promise<string | undefined> {
    const compiled = this.compiled.get(tree) ?? this.typeCheck(tree, folder);
    this.compiled.set(tree, compiled);
    return compiled;
  }

  private async typeCheck(tree: string, folder: string): Promise<string | undefined> {
    // Those of the base were checked by its own review.
    const isNew = this.checksTypes && (await differing(this.base, tree, programFiles, this.root));
    if (!isNew) return undefined;
    const own = 'tsconfig.json';
    const compiler = join(projectRoot, 'node_modules', 'typescript', 'bin', 'tsc');
    const file = join(folder, `.review.${own}`);
    const options = { noEmit: true };
    const config = { extends: `./${own}`, compilerOptions: options, include: [], files: [program] };
    // The tree may have a link of this name, out of its folder.
    rmSync(file, { recursive: true, force: true });
    writeFileSync(file, JSON.stringify(config), { flag: 'wx' });
    const checked = await tryRun(process.execPath, [compiler, '-p', file], {
      cwd: folder,
      env: this.env,
    });
    rmSync(file, { force: true });
    return checked.ok ? undefined : reasonOf(checked);
  }

  /** The folder that holds a tree's files, with node modules. */
  private tree(tree: string): Promise<string> {
    const folder = join(this.folder, tree);
    const written =
      this.written.get(tree) ??
      writeTree(tree, folder, this.root).then(() => this.giveModules(tree, folder));
    this.written.set(tree, written);
    return written;
  }

  /** This clone's modules where the lock file is the same, else those that the lock file names, without running any script. */
  private async giveModules(tree: string, folder: string): Promise<string> {
    const modules = join(folder, 'node_modules');
    rmSync(modules, { recursive: true, force: true });
    const lock = (root: string) => {
      const file = join(root, 'package-lock.json');
      return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
    };
    if (lock(folder) === lock(projectRoot)) {
      symlinkSync(join(projectRoot, 'node_modules'), modules);
      return folder;
    }
    const own = async (key: string) =>
      (await run('npm', ['config', 'get', key], { cwd: this.folder })).trim();
    const [registry, cache] = await Promise.all([own('registry'), own('cache')]);
    const installed = await tryRun(
      'npm',
      [
        ...['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'],
        // What is in it goes by its digest, which the lock file names.
        ...['--registry', registry, '--cache', cache],
      ],
      { cwd: folder, env: { ...this.env, ...proxyOf(process.env) } },
    );
    if (!installed.ok)
      throw new Problem(
        `The node modules of ${tree === this.base ? 'the base' : 'the head'} can't be installed:\n${lastLines(installed.output, 10)}`,
      );
    return folder;
  }

  /** Writes the config that a tree is planned with; undefined, if it has none of that stack. */
  private async config(
    stack: string,
    tree: string,
  ): Promise<(PaperConfig & { readonly file: string }) | undefined> {
    const text = await fileIn(tree, `Pulumi.${stack}.yaml`, this.root);
    if (text === undefined) return undefined;
    const paper = onPaper(text, this.secrets, projectName);
    const file = join(this.folder, 'config', `${tree}.${stack}.yaml`);
    writeFileSync(file, paper.text);
    return { ...paper, file };
  }

  /** What the base put up. */
  private state(stack: string): StateResource[] {
    const file = join(this.folder, 'state/.pulumi/stacks', projectName, `${stack}.json`);
    const { checkpoint } = JSON.parse(readFileSync(file, 'utf8')) as {
      checkpoint: { latest?: { resources?: StateResource[] } | null };
    };
    return checkpoint.latest?.resources ?? [];
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

  private pulumi(
    folder: string,
    config: string,
    stack: string,
    words: readonly string[],
  ): Promise<Outcome> {
    const args = [
      ...words,
      ...['--stack', stack, '--config-file', config, '--refresh=false', '--non-interactive'],
    ];
    const limited = process.platform === 'linux' ? ['timeout', String(patienceSeconds)] : [];
    const [first = 'pulumi', ...rest] = [...limited, 'pulumi', ...args];
    return tryRun(first, rest, { cwd: folder, env: this.env });
  }
}

interface Base {
  readonly why?: string;
  /** Undefined, if the base has no such stack. */
  readonly config?: PaperConfig;
  readonly used?: Readonly<Record<string, string>>;
}

function furnish(folder: string, plugins: string): void {
  const at = (...path: string[]) => join(folder, ...path);
  for (const name of ['home/.pulumi', 'tmp', 'bin', 'config', 'state/.pulumi'])
    mkdirSync(at(name), { recursive: true, mode: 0o700 });
  symlinkSync(plugins, at('home/.pulumi/plugins'));
  writeFileSync(at('state/.pulumi/meta.yaml'), 'version: 1\n');
  // Whoever asks for the engine hears of one that is the same everywhere; nothing else is answered.
  writeFileSync(
    at('bin/docker'),
    '#!/bin/sh\ncase " $* " in *" version "*) echo 27.0.0 linux/amd64 ;; *) echo "there is no engine on paper" >&2; exit 1 ;; esac\n',
  );
  chmodSync(at('bin/docker'), 0o755);
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
    // Types are checked once for all stacks.
    PULUMI_NODEJS_TRANSPILE_ONLY: 'true',
    [paperVariable]: 'true',
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

function planOf(
  outcome: Outcome,
  stack: string,
  state: readonly StateResource[],
): Plan | undefined {
  try {
    return readPlan(outcome.stdout, stackPrefix(stack), state);
  } catch {
    return undefined;
  }
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
