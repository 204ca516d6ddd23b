// `npm run dev`: the dev stack with its sources live. A line that is saved runs in its own containers: the backend
// starts anew once it compiles, the page is built and loads itself anew. ^C puts back what the program declares.
import { type ChildProcess, spawn } from 'node:child_process';
import { watch } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { docker, linesOf, tryDocker } from '../host/docker';
import { projectRoot } from '../host/folders';
import { Problem } from '../host/problem';
import { until } from '../host/wait';
import { networkName } from '../infra/names';
import { installModules } from '../setup/modules';
import { step } from '../setup/step';
import type { Arguments } from './arguments';
import { refuseProduction } from './branch';
import { type Declared, type Live, liveCommands, liveLabel, liveName } from './live';
import { Stack } from './stack';
import { confirm } from './terminal';

/** Where a debugger finds the backend. */
const debugPort = 9229;
/** How long a container may take to be healthy, in seconds. */
const healthyWithin = 60;

const backend = join(projectRoot, 'app', 'backend');
const frontend = join(projectRoot, 'app', 'frontend');
const tiers = ['backend', 'frontend'] as const;

export async function main({ stack: name, yes }: Arguments): Promise<number> {
  refuseProduction(name.name);
  const stack = new Stack(name);
  const folder = join(projectRoot, '.state', 'live', stack.name);
  const ended = interruption();
  // nginx, in its container, is another user.
  process.umask(0o022);

  await endLive(stack.prefix);
  const declared = await declaredContainers(stack);
  for (const place of [backend, frontend])
    await step('modules', async (note) => note(await installModules(place)));
  await layOut(folder, `${stack.prefix}-backend`);
  const code = new Builder(backend, /Found \d+ errors?\./, [
    // Not the package's own script: from Node 22.15 on that becomes the compiler, before that it leaves it behind.
    join(
      backend,
      'node_modules/@typescript',
      `typescript-${process.platform}-${process.arch}/lib/tsc`,
    ),
    ...['--project', 'tsconfig.build.json', '--watch', '--preserveWatchOutput'],
    ...['--noEmitOnError', '--incremental', '--outDir', join(folder, 'backend')],
    ...['--tsBuildInfoFile', join(folder, 'backend.tsbuildinfo')],
  ]);
  const page = new Builder(frontend, /page: built/, [
    process.execPath,
    ...['--import', 'tsx', 'scripts/live.ts', join(folder, 'frontend')],
  ]);
  try {
    // Only now: what comes of the first time would start the backend again.
    await step('the first build', () => Promise.all([code.isReady, page.isReady]));
    for (const tier of tiers) await goLive(stack.prefix, declared[tier], live(stack, folder)[tier]);
    const migrations = watchMigrations(stack.prefix, join(folder, 'migrations'), yes);
    process.stdout.write(`\n${greeting(declared.frontend)}\n\n`);
    const logs = spawn(
      'docker',
      ['logs', '--follow', '--tail=0', liveName(`${stack.prefix}-backend`)],
      {
        stdio: ['ignore', 'inherit', 'inherit'],
      },
    );
    await Promise.race([ended, code.hasEnded, page.hasEnded]);
    migrations.close();
    logs.kill();
    return 0;
  } finally {
    process.stdout.write('\nPutting back what the program declares.\n');
    code.end();
    page.end();
    await endLive(stack.prefix);
    for (const tier of tiers) await docker(['start', `${stack.prefix}-${tier}`]);
    for (const tier of tiers) await healthy(`${stack.prefix}-${tier}`);
  }
}

/** Takes away what an earlier call left, which may have been killed. */
export async function endLive(prefix: string): Promise<void> {
  const filter = ['--filter', `label=${liveLabel}=${prefix}`];
  const left = linesOf(await docker(['ps', '--all', '--quiet', ...filter]));
  if (left.length > 0) await docker(['rm', '--force', ...left]);
}

async function declaredContainers(stack: Stack): Promise<Record<(typeof tiers)[number], Declared>> {
  const found = await Promise.all(
    tiers.map(async (tier) => {
      const { ok, stdout } = await tryDocker(['inspect', `${stack.prefix}-${tier}`]);
      const [one] = ok ? (JSON.parse(stdout) as Declared[]) : [];
      if (!one)
        throw new Problem(
          `Stack ${stack.name} is not up: npm start${stack.name === 'dev' ? '' : ` -- --stack ${stack.name}`}`,
        );
      return [tier, one] as const;
    }),
  );
  return Object.fromEntries(found) as Record<(typeof tiers)[number], Declared>;
}

/** A folder with what the containers run, to begin with: what their images have. */
async function layOut(folder: string, container: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'frontend'), { recursive: true });
  await docker(['cp', '--quiet', `${container}:/app/dist`, join(folder, 'backend')]);
  await cp(join(backend, 'migrations'), join(folder, 'migrations'), { recursive: true });
}

function live(stack: Stack, folder: string): Record<(typeof tiers)[number], Live> {
  return {
    backend: {
      alias: 'backend',
      mounts: {
        '/app/dist': join(folder, 'backend'),
        '/app/migrations': join(folder, 'migrations'),
      },
      // Node's own form of every module: a start takes less.
      environment: ['NODE_COMPILE_CACHE=/tmp/modules'],
      command: [
        ...['node', `--inspect=0.0.0.0:${debugPort}`, '--watch', '--watch-preserve-output'],
        'dist/server.js',
      ],
      ports: [debugPort],
      // The backend's own have no way in.
      network: networkName(stack.prefix, 'entrance'),
    },
    frontend: {
      alias: 'frontend',
      mounts: { '/usr/share/nginx/html': join(folder, 'frontend') },
    },
  };
}

/** In place of the declared one, which is stopped: they have one name in the network, and one port. */
async function goLive(prefix: string, declared: Declared, one: Live): Promise<void> {
  const name = declared.Name.replace(/^\//, '');
  await step(name, async (note) => {
    await docker(['stop', name]);
    for (const words of liveCommands(prefix, declared, one)) await docker(words);
    await healthy(liveName(name));
    note('live');
  });
}

function healthy(container: string): Promise<void> {
  const state = ['inspect', '--format', '{{.State.Health.Status}}', container];
  return until(
    async () => (await docker(state)) === 'healthy',
    healthyWithin,
    `${container} does not become healthy: see docker logs ${container}`,
  );
}

/** Builds what is saved as long as we run, and says what it finds. */
class Builder {
  private readonly child: ChildProcess;
  /** Resolves when it has printed that it has built for the first time; fails if it ends before. */
  readonly isReady: Promise<void>;
  /** Fails when it ends by itself. */
  readonly hasEnded: Promise<never>;

  constructor(cwd: string, ready: RegExp, words: readonly [string, ...string[]]) {
    // Only Linux can tell a program to end with the one that started it.
    const mortal = process.platform === 'linux' ? ['setpriv', '--pdeathsig', 'TERM'] : [];
    const [program = '', ...args] = [...mortal, ...words];
    this.child = spawn(program, args, {
      cwd,
      // A ^C is for us: we end it.
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, FORCE_COLOR: process.stdout.isTTY ? '1' : '0' },
    });
    this.hasEnded = new Promise((_, reject) => {
      const fail = (how: string) =>
        reject(new Problem(`What builds ${cwd} ${how}. Start again with: npm run dev`));
      this.child.once('exit', () => fail('has ended: see above'));
      this.child.once('error', ({ message }) => fail(`does not start: ${message}`));
    });
    const printed = new Promise<void>((resolve) =>
      this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
        process.stdout.write(text);
        if (ready.test(text)) resolve();
      }),
    );
    this.isReady = Promise.race([printed, this.hasEnded]);
  }

  end(): void {
    this.hasEnded.catch(() => {});
    this.child.kill();
  }
}

/** Asks before a migration that is new, or another than before, is run: the backend runs it when it starts. */
function watchMigrations(prefix: string, copy: string, yes: boolean) {
  const sources = join(backend, 'migrations');
  let asked = Promise.resolve();
  const look = async () => {
    for (const file of await readdir(sources)) {
      const text = await readFile(join(sources, file), 'utf8').catch(() => '');
      const before = await readFile(join(copy, file), 'utf8').catch(() => '');
      if (!file.endsWith('.sql') || text === '' || text === before) continue;
      const answer = await confirm(`Run migration ${file} on the data of this stack?`, yes).catch(
        () => false,
      );
      if (!answer) continue;
      await cp(join(sources, file), join(copy, file));
      await docker(['restart', liveName(`${prefix}-backend`)]);
      process.stdout.write(`migrations: the backend starts anew with ${file}\n`);
    }
  };
  return watch(sources, () => {
    // One after the other, and when an editor has done with the file.
    asked = asked.then(() => pause(200)).then(look);
  });
}

/** Resolves when a person, or the system, ends us. */
function interruption(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      process.once(signal, () => resolve());
  });
}

/** Where it all is; @param declared the frontend's container */
export function greeting({ HostConfig }: Pick<Declared, 'HostConfig'>): string {
  const [place] = Object.values(HostConfig.PortBindings ?? {})[0] ?? [];
  return [
    `Time tracker: http://127.0.0.1:${place?.HostPort ?? 8080}, as app/backend/src and app/frontend/src are saved`,
    `Debugger:     127.0.0.1:${debugPort}`,
    'End it with ^C: the stack is put back as the program declares it.',
  ].join('\n');
}
