// A stack of its own for a test: a copy of this project in a temporary folder, with its own state, names and port.
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as fs from 'node:fs/promises';
import * as net from 'node:net';
import * as os from 'node:os';
import * as path from 'node:path';
import { promisify } from 'node:util';
import { swarmInit } from '../commands/prod';
import { linesOf } from '../host/docker';
import { projectRoot } from '../host/folders';
import { isOutsideSwarm, kinds } from './clean-up';

const run = promisify(execFile);
/** What a deployment reads; nothing else is copied. */
const copied = [
  'Pulumi.yaml',
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.base.json',
  'host',
  'infra',
  'app',
  'commands',
  'setup',
  'offline',
  'testing',
  'review',
  'supply',
];

export interface Result {
  readonly code: number;
  /** Standard output and standard error, as a person sees them. */
  readonly output: string;
}

export interface StackOptions {
  /** Part of every name on the engine; short. */
  readonly name: string;
  readonly orchestrator: 'container' | 'swarm';
  readonly config?: Readonly<Record<string, string>>;
  readonly secretConfig?: Readonly<Record<string, string>>;
}

/** What a stack is called, and where its copy of the project is. */
export interface StackPlace {
  /** Stack name, unique on this host. */
  readonly name: string;
  /** The copy of the project. */
  readonly folder: string;
  /** Where its port is: this host's loopback, or the address of a server of its own. */
  readonly host: string;
  readonly port: number;
  readonly environment: NodeJS.ProcessEnv;
}

export class TestStack {
  readonly name: string;
  readonly folder: string;
  readonly host: string;
  readonly port: number;
  readonly environment: NodeJS.ProcessEnv;

  protected constructor({ name, folder, host, port, environment }: StackPlace) {
    this.name = name;
    this.folder = folder;
    this.host = host;
    this.port = port;
    this.environment = environment;
  }

  static async create(options: StackOptions): Promise<TestStack> {
    const stack = new TestStack(await TestStack.place(options.name));
    await stack.initialise(options);
    return stack;
  }

  /** A copy of the project, with a state and a port of its own. */
  protected static async place(name: string): Promise<StackPlace> {
    const folder = await copyOfProject(name);
    const environment = {
      ...process.env,
      PULUMI_BACKEND_URL: stateOf(folder),
      PULUMI_CONFIG_PASSPHRASE: 'only for this test',
      PULUMI_SKIP_UPDATE_CHECK: 'true',
      // A colour code in the middle of a message would hide it from an assertion.
      NO_COLOR: '1',
    };
    const port = await freePort();
    return { name: `${name}-${process.pid}`, folder, host: '127.0.0.1', port, environment };
  }

  protected async initialise(options: Omit<StackOptions, 'name'>): Promise<void> {
    await this.mustPulumi('stack', 'init', this.name);
    const { orchestrator, config, secretConfig } = options;
    await this.configure({ orchestrator, port: String(this.port), ...config }, secretConfig);
  }

  /** The same stack from a shell with other variables; undefined takes one away. */
  with(variables: NodeJS.ProcessEnv): TestStack {
    return new TestStack({ ...this, environment: { ...this.environment, ...variables } });
  }

  /** Another clone of the project with a state of its own, and a stack of the same name and config. */
  async clone(): Promise<TestStack> {
    const folder = await copyOfProject(this.name);
    await fs.copyFile(this.configFile, path.join(folder, path.basename(this.configFile)));
    const environment = { ...this.environment, PULUMI_BACKEND_URL: stateOf(folder) };
    return new TestStack({ ...this, folder, environment });
  }

  /** The file that holds the stack's config. */
  get configFile(): string {
    return path.join(this.folder, `Pulumi.${this.name}.yaml`);
  }

  get url(): string {
    return `http://${this.host}:${this.port}`;
  }

  /** Name of a thing on the engine. */
  resource(thing: string): string {
    return `timetracker-${this.name}-${thing}`;
  }

  async configure(
    config: Readonly<Record<string, string>>,
    secretConfig: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const words = (option: string, entries: Readonly<Record<string, string>>) =>
      Object.entries(entries).flatMap(([key, value]) => [option, `${key}=${value}`]);
    await this.mustPulumi(
      ...['config', 'set-all'],
      ...words('--plaintext', config),
      ...words('--secret', secretConfig),
    );
  }

  /** Runs the real CLI; never throws for its exit code. */
  async pulumi(args: readonly string[], extra: NodeJS.ProcessEnv = {}): Promise<Result> {
    return command('pulumi', [...args, '--stack', this.name], {
      cwd: this.folder,
      env: { ...this.environment, ...extra },
    });
  }

  /** Runs a command of package.json on this stack, as `npm run` does; never throws for its exit code. */
  async npmRun(name: string, ...args: string[]): Promise<Result> {
    return command('node', this.npmWords(name, ...args), {
      cwd: this.folder,
      env: this.environment,
    });
  }

  /** What `node` is given by `npm run` for a command on this stack. */
  npmWords(name: string, ...args: string[]): string[] {
    const isNamed = args.includes('--stack');
    return ['setup/bootstrap.mjs', name, ...args, ...(isNamed ? [] : ['--stack', this.name])];
  }

  /** Runs the real CLI and throws what it printed if it fails. */
  async mustPulumi(...args: string[]): Promise<string> {
    const result =
      args[0] === 'stack' && args[1] === 'init'
        ? await command('pulumi', args, { cwd: this.folder, env: this.environment })
        : await this.pulumi(args);
    if (result.code !== 0) throw new Error(`pulumi ${args.join(' ')} failed:\n${result.output}`);
    return result.output;
  }

  up(extra: NodeJS.ProcessEnv = {}): Promise<Result> {
    return this.pulumi(['up', '--yes', '--skip-preview'], extra);
  }

  async mustUp(): Promise<string> {
    return this.mustPulumi('up', '--yes', '--skip-preview');
  }

  /** Starts an `up` and interrupts it, as Ctrl-C does, when its output first matches. */
  async interruptUp(when: RegExp): Promise<Result> {
    return new Promise((resolve, reject) => {
      const child = spawn('pulumi', ['up', '--yes', '--skip-preview', '--stack', this.name], {
        cwd: this.folder,
        env: this.environment,
      });
      let output = '';
      let interrupted = false;
      const read = (chunk: Buffer) => {
        output += chunk.toString();
        if (!interrupted && when.test(output)) {
          interrupted = true;
          child.kill('SIGINT');
        }
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.on('error', reject);
      child.on('close', (code) => resolve({ code: code ?? 130, output }));
    });
  }

  /** Throws what a plan shows, or what an `up` did, if it isn't nothing. */
  async plansNothing(...args: string[]): Promise<void> {
    await this.mustPulumi(...(args.length > 0 ? args : ['preview']), '--expect-no-changes');
  }

  /** The status with which it answers that it is healthy. */
  async health(): Promise<number> {
    return (await fetch(`${this.url}/health`)).status;
  }

  async output(name: string): Promise<unknown> {
    return JSON.parse(await this.mustPulumi('stack', 'output', name, '--json', '--show-secrets'));
  }

  /** Runs statements as the database's owner; of a container stack. */
  sql(...statements: string[]): Promise<string> {
    return docker(
      ...['exec', this.resource('db'), 'psql', '-U', 'timetracker_owner', '-d', 'timetracker'],
      ...['-qtA', '-v', 'ON_ERROR_STOP=1', ...statements.flatMap((statement) => ['-c', statement])],
    );
  }

  /** Changes a file of the copied project. @throws {Error} nothing is changed: the program has moved on, and the test must follow */
  async edit(file: string, change: (text: string) => string): Promise<void> {
    const full = path.join(this.folder, file);
    const text = await fs.readFile(full, 'utf8');
    const changed = change(text);
    if (changed === text) throw new Error(`${file}: the change does not find its place`);
    await fs.writeFile(full, changed);
  }

  /** Adds a file to the copied project. */
  async write(file: string, text: string): Promise<void> {
    await fs.writeFile(path.join(this.folder, file), text);
  }

  /** Removes the stack, its volumes, its images and its folder; also after a failure half-way. */
  async remove(): Promise<void> {
    await this.pulumi(['state', 'unprotect', '--all', '--yes']);
    const destroyed = await this.pulumi(['destroy', '--yes', '--skip-preview', '--refresh=false']);
    const prefix = `timetracker-${this.name}`;
    // What a failed destroy left is found by name; only this test has such names.
    const left: string[] = [];
    for (const [kind, { list, remove }] of Object.entries(kinds)) {
      const isGone = await retry(async () => {
        const listed = await command('docker', list);
        if (isOutsideSwarm(listed.output)) return true;
        if (listed.code !== 0) return false;
        const found = linesOf(listed.output).filter((name) => name.startsWith(prefix));
        if (found.length === 0) return true;
        return (await command('docker', [...remove, ...found])).code === 0;
      }, 20);
      if (!isGone) left.push(kind);
    }
    await fs.rm(this.folder, { recursive: true, force: true });
    if (left.length > 0) throw new Error(`${this.name} left on the engine: ${left.join(', ')}`);
    if (destroyed.code !== 0) throw new Error(`pulumi destroy failed:\n${destroyed.output}`);
  }
}

/** Runs a command to its end; never throws for its exit code. */
export async function command(
  file: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Result> {
  try {
    const { stdout, stderr } = await run(file, args, { maxBuffer: 64 * 1024 * 1024, ...options });
    return { code: 0, output: stdout + stderr };
  } catch (error) {
    const failed = error as {
      code?: number | string;
      stdout?: string;
      stderr?: string;
      message: string;
    };
    if (typeof failed.code !== 'number') throw error;
    return { code: failed.code, output: `${failed.stdout ?? ''}${failed.stderr ?? ''}` };
  }
}

/** Runs the docker CLI and throws what it printed if it fails. */
export async function docker(...args: string[]): Promise<string> {
  const result = await command('docker', args);
  if (result.code !== 0) throw new Error(`docker ${args.join(' ')} failed:\n${result.output}`);
  return result.output.trim();
}

/** MiB that a container holds, page cache aside. The engine may have no sample of it yet: asked again. */
export async function memoryOf(container: string): Promise<number> {
  let text = '';
  for (let attempt = 0; attempt < 5; attempt++) {
    text = await docker('stats', '--no-stream', '--format={{.MemUsage}}', container);
    const [, amount = '', unit = ''] = /^([\d.]+)([KMG])iB /.exec(text) ?? [];
    if (amount) return Math.round(Number(amount) * ({ K: 1 / 1024, M: 1, G: 1024 }[unit] ?? 0));
  }
  throw new Error(`docker stats of ${container}: ${text}`);
}

/**
 * What containers do while something is done: their starts and their health, a line each. Listened
 * to all along, since a busy engine soon forgets its events.
 */
export async function eventsDuring(format: string, act: () => Promise<unknown>): Promise<string[]> {
  const filters = ['type=container', 'event=start', 'event=health_status'];
  const listener = spawn('docker', [
    ...['events', `--since=${Math.floor(Date.now() / 1000)}`, '--format', format],
    ...filters.flatMap((filter) => ['--filter', filter]),
  ]);
  let heard = '';
  listener.stdout.setEncoding('utf8').on('data', (text: string) => {
    heard += text;
  });
  const ended = once(listener, 'close');
  try {
    await act();
    // The last ones may be on their way.
    await new Promise((resolve) => setTimeout(resolve, 500));
  } finally {
    listener.kill();
    await ended;
  }
  return linesOf(heard);
}

/** Makes the engine a Swarm manager, as `npm run prod` does, unless it is one. */
export async function ensureSwarm(): Promise<void> {
  if ((await docker('info', '--format', '{{.Swarm.ControlAvailable}}')) !== 'true')
    await docker(...swarmInit);
}

/** Tries once a second until it holds; false when it never did. */
export async function retry(attempt: () => Promise<boolean>, seconds: number): Promise<boolean> {
  for (let second = 0; second < seconds; second++) {
    if (await attempt()) return true;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
  return attempt();
}

async function copyOfProject(name: string): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), `timetracker-${name}-`));
  for (const entry of copied)
    await fs.cp(path.join(projectRoot, entry), path.join(folder, entry), {
      recursive: true,
      filter: (source) => !/(^|\/)(node_modules|dist)$/.test(source),
    });
  await fs.symlink(path.join(projectRoot, 'node_modules'), path.join(folder, 'node_modules'));
  await fs.mkdir(path.join(folder, '.state'));
  return folder;
}

/** The state of a copy of the project, for PULUMI_BACKEND_URL. */
function stateOf(folder: string): string {
  return `file://${path.join(folder, '.state')}`;
}

/** A port that is free, below those that the kernel gives to outgoing connections: one of these could be taken until it is used. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer().once('error', () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}
