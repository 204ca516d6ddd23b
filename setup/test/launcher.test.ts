// The `pulumi` on PATH that set-up writes: which passphrase the CLI behind it gets.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'node:test';
import { configFile, withPassphrase } from '../../host/stack';
import { ensureLauncher, launcherScript, removeLauncher } from '../launcher';
import { isLauncher } from '../preflight';

describe('the launcher', () => {
  let folder: string;
  let launcher: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'timetracker-launcher-'));
    launcher = join(folder, 'launcher');
    await writeFile(launcher, await launcherScript(folder));
    // It stands for the CLI: says what it got, and which stack is selected.
    await writeFile(
      join(folder, 'pulumi'),
      `#!/bin/sh
if [ "$1 $2" = "stack ls" ]; then
  printf '[\\n  {\\n    "name": "prod",\\n    "current": false\\n  },\\n'
  printf '  {\\n    "name": "%s",\\n    "current": true\\n  }\\n]\\n' "$SELECTED"
elif [ -n "$CACHE" ]; then
  echo "$TS_NODE_CACHE_DIRECTORY $NODE_COMPILE_CACHE"
elif [ -n "$READS" ]; then
  echo "$PULUMI_PARALLEL"
elif [ -n "$BACKEND" ]; then
  echo "\${PULUMI_BACKEND_URL-unset}"
else
  echo "phrase=\${PULUMI_CONFIG_PASSPHRASE-unset} file=\${PULUMI_CONFIG_PASSPHRASE_FILE-unset} $*"
fi
`,
    );
    await mkdir(join(folder, 'timetracker'));
    await writeFile(join(folder, 'timetracker', 'prod.passphrase'), 'phrase of prod');
    for (const file of ['launcher', 'pulumi']) await chmod(join(folder, file), 0o755);
  });
  after(() => rm(folder, { recursive: true }));

  function pulumi(args: string[], extra: NodeJS.ProcessEnv = {}): string {
    const env = { PATH: process.env.PATH, XDG_CONFIG_HOME: folder, HOME: folder, ...extra };
    return execFileSync(launcher, args, { env, encoding: 'utf8' }).trim();
  }

  it('is known as ours', async () => {
    assert.equal(await isLauncher(launcher), true);
    assert.equal(await isLauncher(join(folder, 'pulumi')), false);
  });

  it('keeps what the CLI compiles where no other account can have put anything', () => {
    const dev = ['up', '--stack', 'dev'];
    const cache = `${folder}/.cache/timetracker`;
    assert.equal(pulumi(dev, { CACHE: '1' }), `${cache}/program ${cache}/modules`);
    const own = { TS_NODE_CACHE_DIRECTORY: '/own', NODE_COMPILE_CACHE: '/modules' };
    assert.equal(pulumi(dev, { CACHE: '1', ...own }), '/own /modules');
  });

  it('reads all of a stack at once, unless told otherwise', () => {
    const dev = ['preview', '--stack', 'dev'];
    assert.equal(pulumi(dev, { READS: '1' }), '64');
    assert.equal(pulumi(dev, { READS: '1', PULUMI_PARALLEL: '4' }), '4');
  });

  it('gives dev an empty passphrase, and keeps the arguments as they are', () => {
    assert.equal(
      pulumi(['up', '--stack', 'dev', '--message', 'a  b']),
      'phrase= file=unset up --stack dev --message a  b',
    );
  });

  for (const args of [
    ['up', '--stack', 'prod'],
    ['up', '--stack=prod'],
    ['-s', 'prod', 'up'],
    ['up', '-s=prod'],
    ['up', '-sprod'],
    ['up', '--stack', 'organization/timetracker/prod'],
  ]) {
    it(`finds the stack's file with ${args.join(' ')}`, () => {
      const file = join(folder, 'timetracker', 'prod.passphrase');
      assert.match(pulumi(args), new RegExp(`^phrase=unset file=${file} `));
    });
  }

  it('asks for the selected stack when none is named', () => {
    assert.match(pulumi(['up'], { SELECTED: 'dev' }), /^phrase= file=unset up$/);
    assert.match(pulumi(['up'], { SELECTED: 'prod' }), /file=\S+prod\.passphrase up$/);
    assert.match(pulumi(['up'], { PULUMI_STACK: 'dev' }), /^phrase= /);
  });

  it('has the rule of the commands', () => {
    const before = process.env.XDG_CONFIG_HOME;
    process.env.XDG_CONFIG_HOME = folder;
    const [branch, production] = [`br-${process.pid}`, `sw-${process.pid}`];
    writeFileSync(configFile(branch), 'config:\n  timetracker:orchestrator: container\n');
    writeFileSync(configFile(production), 'config:\n  timetracker:orchestrator: swarm\n');
    try {
      assert.equal(pulumi(['up', '-s', branch]), `phrase= file=unset up -s ${branch}`);
      for (const stack of ['dev', 'prod', 'staging', branch, production])
        for (const env of [
          {},
          { PULUMI_CONFIG_PASSPHRASE: '' },
          { PULUMI_CONFIG_PASSPHRASE: 'mine' },
          { PULUMI_CONFIG_PASSPHRASE_FILE: '/f' },
        ]) {
          const { PULUMI_CONFIG_PASSPHRASE: phrase, PULUMI_CONFIG_PASSPHRASE_FILE: file } =
            withPassphrase(stack, env);
          assert.equal(
            pulumi(['up', '--stack', stack], env),
            `phrase=${phrase ?? 'unset'} file=${file ?? 'unset'} up --stack ${stack}`,
          );
        }
    } finally {
      for (const stack of [branch, production]) rmSync(configFile(stack));
      if (before === undefined) delete process.env.XDG_CONFIG_HOME;
      else process.env.XDG_CONFIG_HOME = before;
    }
  });

  it('finds the state from any folder of the project', async () => {
    const project = join(folder, 'project');
    await mkdir(join(project, 'infra', 'test'), { recursive: true });
    await writeFile(join(project, 'Pulumi.yaml'), 'name: timetracker\n');
    const backend = (cwd: string, env: NodeJS.ProcessEnv = {}) =>
      execFileSync(launcher, ['up', '--stack', 'dev'], {
        cwd,
        env: { PATH: process.env.PATH, HOME: folder, BACKEND: '1', ...env },
        encoding: 'utf8',
      }).trim();
    assert.equal(backend(join(project, 'infra', 'test')), `file://${project}/.state`);
    assert.equal(backend(project), 'unset');
    assert.equal(backend(folder), 'unset');
    assert.equal(backend(join(project, 'infra'), { PULUMI_BACKEND_URL: 's3://b' }), 's3://b');
  });

  it('leaves any other stack to Pulumi', () => {
    assert.match(pulumi(['up', '--stack', 'staging']), /^phrase=unset file=unset /);
  });

  it('leaves a passphrase that is set alone, an empty one too', () => {
    const args = ['up', '--stack', 'prod'];
    assert.match(pulumi(args, { PULUMI_CONFIG_PASSPHRASE: 'mine' }), /^phrase=mine file=unset/);
    assert.match(pulumi(args, { PULUMI_CONFIG_PASSPHRASE: '' }), /^phrase= file=unset/);
    assert.match(pulumi(args, { PULUMI_CONFIG_PASSPHRASE_FILE: '/f' }), /^phrase=unset file=\/f /);
  });
});

describe('the place of the launcher', () => {
  const path = process.env.PATH;
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'timetracker-path-'));
    file = join(folder, 'pulumi');
    process.env.PATH = folder;
  });
  afterEach(async () => {
    process.env.PATH = path;
    await rm(folder, { recursive: true });
  });
  const put = async (text: string) => {
    await writeFile(file, text);
    await chmod(file, 0o755);
  };
  const said = async (toolchain: string) => {
    let note = '';
    await ensureLauncher(toolchain, (text) => {
      note = text;
    });
    return note;
  };

  it("is never that of someone else's pulumi", async () => {
    await put('#!/bin/sh\n');
    assert.equal(await said('/tools'), `${file} is left as it is`);
    await removeLauncher();
    assert.equal(await readFile(file, 'utf8'), '#!/bin/sh\n');
  });

  it('follows a new toolchain, and makes way for an official CLI', async () => {
    const here = join(folder, 'home-1', 'tools-1');
    await mkdir(here, { recursive: true });
    await writeFile(join(here, 'pulumi'), '');
    await put(await launcherScript(here));
    assert.equal(await said(here), 'already there');
    assert.equal(await said(join(folder, 'home-2', 'tools-1')), 'already there');

    await rm(here, { recursive: true });
    assert.equal(await said(join(folder, 'home-2', 'tools-1')), file);
    assert.equal(await said(join(folder, 'home-2', 'tools-2')), file);
    assert.match(await readFile(file, 'utf8'), /^cli='.*\/home-2\/tools-2\/pulumi'$/m);
    await removeLauncher();
    await assert.rejects(readFile(file));
  });
});
