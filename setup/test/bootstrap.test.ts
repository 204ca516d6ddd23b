// The entry as a person runs it: real processes, a home of their own, programs that stand in for
// docker and npm where the case needs it.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { processLives } from '../../host/processes';

const project = join(__dirname, '..', '..');
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'timetracker-setup-'));
  await mkdir(join(folder, 'bin'));
  for (const part of [
    'host',
    'setup',
    'commands',
    'infra',
    'offline',
    'testing',
    'Pulumi.yaml',
    'package.json',
    'package-lock.json',
  ])
    await cp(join(project, part), join(folder, 'clone', part), {
      recursive: true,
      filter: (source) => !/(^|\/)(node_modules|dist)$/.test(source),
    });
  await symlink(join(project, 'node_modules'), join(folder, 'clone', 'node_modules'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** Takes the clone's modules away, as in a fresh one. */
const freshClone = () => rm(join(folder, 'clone', 'node_modules'));

async function standIn(program: string, script: string): Promise<void> {
  const file = join(folder, 'bin', program);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

function environment(): NodeJS.ProcessEnv {
  const { DOCKER_HOST: _, NODE_OPTIONS: __, ...rest } = process.env;
  const path = `${join(folder, 'bin')}:${process.env.PATH}`;
  return {
    ...rest,
    PATH: path,
    XDG_CACHE_HOME: join(folder, 'cache'),
    TIMETRACKER_WORLD: 'official',
  };
}

function bootstrap(...args: string[]): Promise<{ code: number; output: string }> {
  const script = join(folder, 'clone', 'setup', 'bootstrap.mjs');
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], { env: environment() }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: out + err }),
    );
  });
}

describe('the entry', () => {
  it('lists all that the host lacks, and shows no stack', async () => {
    await standIn('docker', 'echo "permission denied while trying to connect" >&2; exit 1');
    const { code, output } = await bootstrap('start');
    assert.equal(code, 1);
    assert.match(output, /^The Docker engine refuses this user/m);
    assert.doesNotMatch(output, /^\s+at /m);
  });

  it("speaks to the engine that the stack's config names, before the environment's", async () => {
    await standIn('docker', 'echo "no way to $DOCKER_HOST" >&2; exit 1');
    const file = join(folder, 'clone', 'Pulumi.prod.yaml');
    await writeFile(file, 'config:\n  docker:host: ssh://deploy@server\n');
    const { code, output } = await bootstrap('releases', '--stack', 'prod');
    assert.equal(code, 1);
    assert.match(output, /\(ssh:\/\/deploy@server: no way to ssh:\/\/deploy@server\)/);
    const other = await bootstrap('releases', '--stack', 'other');
    assert.doesNotMatch(other.output, /ssh:/);
  });

  it('refuses a world that is not one', async () => {
    await standIn('docker', 'echo 27.0.0 linux/amd64');
    await standIn('pulumi', '');
    const script = join(folder, 'clone', 'setup', 'bootstrap.mjs');
    const env = { ...environment(), TIMETRACKER_WORLD: 'mars' };
    const child = spawn(process.execPath, [script, 'start'], { env });
    let errors = '';
    child.stderr.on('data', (text) => {
      errors += text;
    });
    const [code] = await once(child, 'close');
    assert.equal(code, 1);
    assert.equal(errors, 'TIMETRACKER_WORLD is "mars", but must be official or offline.\n');
  });

  it('knows its commands', async () => {
    const { code, output } = await bootstrap('strat');
    assert.equal(code, 1);
    assert.match(
      output,
      /^There is no command "strat"; did you mean start\? The commands are start, dev, test, prod, /,
    );
  });

  it('keeps nothing that it would run again where others may write', async () => {
    const shared = join(folder, 'tmp');
    await mkdir(shared);
    const script = join(folder, 'clone', 'setup', 'bootstrap.mjs');
    const env = { ...environment(), TMPDIR: shared };
    const child = spawn(process.execPath, [script, 'help'], { env });
    assert.deepEqual(await once(child, 'close'), [0, null]);
    const kept = await readdir(shared, { recursive: true, withFileTypes: true });
    assert.deepEqual(
      kept.filter((entry) => entry.isFile()).map(({ name }) => name),
      [],
    );
  });

  it("shows npm's reason when the modules can't be installed", async () => {
    await freshClone();
    await standIn('npm', 'echo "npm error code EUSAGE" >&2; seq 50 >&2; exit 1');
    const { code, output } = await bootstrap('start');
    assert.equal(code, 1);
    assert.match(output, /npm ci in \S+ failed:\nnpm error code EUSAGE\n$/);
  });

  it('interrupted, ends what it started; killed, too', async () => {
    await freshClone();
    await standIn('npm', `echo $$ > ${folder}/npm-pid; exec sleep 60`);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
      await rm(join(folder, 'npm-pid'), { force: true });
      const script = join(folder, 'clone', 'setup', 'bootstrap.mjs');
      const child = spawn(process.execPath, [script, 'start'], { env: environment() });
      const pid = await until(async () => Number(await readFile(join(folder, 'npm-pid'), 'utf8')));
      child.kill(signal);
      await once(child, 'close');
      await until(async () => !processLives(pid));
    }
  });

  it('waits for another set-up, and goes on when that was killed', async () => {
    await freshClone();
    await standIn('npm', `echo $$ > ${folder}/npm-pid; exec sleep 60`);
    const script = join(folder, 'clone', 'setup', 'bootstrap.mjs');
    const first = spawn(process.execPath, [script, 'start'], { env: environment() });
    await until(() => readFile(join(folder, 'npm-pid')));
    await standIn('npm', 'echo "npm error second" >&2; exit 1');
    const second = spawn(process.execPath, [script, 'start'], { env: environment() });
    let said = '';
    for (const stream of [second.stdout, second.stderr]) {
      stream.on('data', (text) => {
        said += text;
      });
    }
    await until(async () => said.includes('Another set-up is running, or'));
    first.kill('SIGKILL');
    await once(second, 'close');
    assert.match(said, /npm error second/);
  });
});

/** Waits, at most ten seconds, until it gives something true. */
async function until<T>(attempt: () => Promise<T>): Promise<T> {
  const end = Date.now() + 10_000;
  for (;;) {
    const result = await attempt().catch(() => undefined);
    if (result) return result;
    assert.ok(Date.now() < end, 'ten seconds have passed');
    await pause(50);
  }
}
