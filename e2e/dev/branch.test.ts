// A branch's stack, which `npm start` brings up beside others, and `npm run stop` removes with its data.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { projectRoot } from '../../host/folders';
import { refused, succeeded } from '../../testing/result';
import { command, docker, TestStack } from '../../testing/stack';

describe("a branch's stack", () => {
  let neighbour: TestStack;
  /** Its name begins as the neighbour's does. */
  let branch: string;
  let page: string;
  /** As on a host where nobody has set a passphrase. */
  const npm = (name: string, ...args: string[]) =>
    neighbour
      .with({ PULUMI_CONFIG_PASSPHRASE: undefined })
      .npmRun(name, '--stack', branch, ...args);
  const git = async (...args: string[]) => {
    const { output } = await command('git', args, { cwd: neighbour.folder });
    return output.trim();
  };
  /** What the engine has of a stack, by the whole names. */
  const onEngine = async (stack: string) => {
    const prefix = `timetracker-${stack}`;
    const lists = [
      ['ps', '--all', '--format', '{{.ID}} {{.Names}} {{.Status}}'],
      ['network', 'ls', '--format', '{{.ID}} {{.Name}}'],
      ['volume', 'ls', '--format', '{{.Name}}'],
      ['images', '--format', '{{.ID}} {{.Repository}}:{{.Tag}}'],
    ];
    const found = await Promise.all(lists.map((list) => docker(...list)));
    const own = new RegExp(`(^| )${prefix}(/|-(db|backend|frontend)(-|\\s|$)|-[a-z]+-network$)`);
    return found
      .flatMap((text) => text.split('\n'))
      .filter((line) => own.test(line))
      .map((line) => line.replace(/ Up .*$/, ' up'))
      .sort();
  };
  const entries = async () => {
    const login = { username: 'admin', password: 'timetracker-dev' };
    const answer = await fetch(`${page}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(login),
    });
    assert.equal(answer.status, 200);
    return docker(
      ...[
        'exec',
        `timetracker-${branch}-db`,
        'psql',
        '-U',
        'timetracker_owner',
        '-d',
        'timetracker',
      ],
      ...['-qtA', '-c', 'SELECT count(*) FROM entries'],
    );
  };
  const traces = () =>
    readdirSync(neighbour.folder, { recursive: true, encoding: 'utf8' }).filter(
      (file) => !/^node_modules/.test(file) && file.includes(branch),
    );

  before(async () => {
    neighbour = await TestStack.create({ name: 'e2e-br', orchestrator: 'container' });
    branch = `${neighbour.name}-b`;
    // Its copy of the project is a clone.
    for (const file of ['Pulumi.dev.yaml', '.gitignore'])
      copyFileSync(join(projectRoot, file), join(neighbour.folder, file));
    await git('init', '--quiet');
    await git('add', '--all');
    await neighbour.mustUp();
  });
  after(() => neighbour?.remove());

  it('has a name that the engine takes, or is refused before anything is made', async () => {
    for (const [name, rule] of [
      ['PR-12', 'must be lower-case letters, digits and dashes'],
      ['pr_12', 'must be lower-case letters'],
      [`pr-${'1'.repeat(40)}`, 'must be at most'],
    ] as const) {
      refused(await neighbour.npmRun('start', '--stack', name), `can't be called ${name}`, rule);
      assert.ok(!existsSync(join(neighbour.folder, `Pulumi.${name}.yaml`)));
    }
    refused(await neighbour.npmRun('start', '--stack', 'prod'), 'npm run prod');
  });

  it('comes up beside others, with a port of its own and the samples', async () => {
    const status = await git('status', '--porcelain');
    const before = await onEngine(neighbour.name);
    const started = await npm('start', '--samples');
    succeeded(started);
    page = /^Time tracker: (http:\/\/127\.0\.0\.1:\d+)$/m.exec(started.output)?.[1] ?? '';
    assert.notEqual(page, neighbour.url);
    assert.match(
      started.output,
      new RegExp(`Pulumi\\.${branch}\\.yaml, as dev's, but on port ${new URL(page).port} `),
    );
    const [, imported] = /samples +… (\d+) entries, 0 already there/.exec(started.output) ?? [];
    assert.ok(Number(imported) > 20, started.output);
    assert.equal(await entries(), imported);
    assert.equal((await onEngine(branch)).length, 3 + 3 + 1 + 3);
    assert.deepEqual(await onEngine(neighbour.name), before);
    assert.equal(await git('status', '--porcelain'), status);

    // Again: the same port, and what was imported is there already.
    const again = await npm('start', '--samples');
    succeeded(again);
    assert.ok(again.output.includes(`Time tracker: ${page}\n`), again.output);
    assert.match(again.output, new RegExp(`0 entries, ${imported} already there`));
  });

  it('is left alone by a start that finds it as it was left, and mended by one that does not', async () => {
    const asItWas = /^As it was left: nothing differs/m;
    const started = async (isAsLeft: boolean, why: string) => {
      const { code, output } = await npm('start');
      assert.equal(code, 0, output);
      assert.equal(asItWas.test(output), isAsLeft, `${why}: ${output}`);
      assert.ok(output.includes(`Time tracker: ${page}\n`), output);
    };
    const backend = `timetracker-${branch}-backend`;
    await started(true, 'nothing differs');
    await docker('stop', backend);
    await started(false, 'it was stopped');
    await started(true, 'it was mended');
    await docker('rm', '--force', backend);
    await started(false, 'it was removed');
    await docker('update', '--memory', '300m', '--memory-swap', '300m', backend);
    await started(false, 'its limit was changed');
    await neighbour.edit('app/frontend/index.html', (text) => `${text}<!-- changed -->\n`);
    await started(false, 'a source was changed');
    assert.match(await (await fetch(page)).text(), /<!-- changed -->/);
    await started(true, 'and nothing since');
    await neighbour.edit('app/frontend/index.html', (text) =>
      text.replace('<!-- changed -->\n', ''),
    );
    await started(false, 'it was changed back');
  });

  it('is not removed without being asked for, nor is what is not a branch', async () => {
    const before = await onEngine(branch);
    refused(await npm('stop'), 'There is no terminal to ask on: add --yes.');
    refused(await neighbour.npmRun('stop', '--stack', 'dev', '--yes'), 'Stack dev stays.');
    refused(await neighbour.npmRun('stop', '--stack', 'prod', '--yes'), 'is production');
    refused(
      await neighbour.npmRun('stop', '--stack', 'pr-none', '--yes'),
      `There is no stack pr-none here; there are: `,
    );
    const config = join(neighbour.folder, `Pulumi.${branch}.yaml`);
    renameSync(config, `${config}.away`);
    refused(await npm('stop', '--yes'), `npm start -- --stack ${branch}`);
    renameSync(`${config}.away`, config);
    // Another clone, whose state has nothing of it.
    const clone = await neighbour.clone();
    const own = { cwd: clone.folder, env: clone.environment };
    succeeded(await command('pulumi', ['stack', 'init', branch], own));
    const words = ['setup/bootstrap.mjs', 'stop', '--stack', branch, '--yes'];
    refused(await command('node', words, own), `The engine has stack ${branch} already`);
    await command('rm', ['-rf', clone.folder]);
    assert.deepEqual(await onEngine(branch), before);
  });

  it('goes with its data, and leaves nothing', async () => {
    const before = await onEngine(neighbour.name);
    // What an `up` leaves that was killed: a lock of nobody's, and what it had not noted yet.
    const locks = join(neighbour.folder, '.state/.pulumi/locks/organization/timetracker', branch);
    mkdirSync(locks, { recursive: true });
    const { pid } = spawnSync('true');
    writeFileSync(join(locks, 'x.json'), JSON.stringify({ pid, hostname: hostname() }));
    await docker('network', 'create', `timetracker-${branch}-left-network`);
    const stopped = await npm('stop', '--yes');
    succeeded(stopped);
    assert.match(stopped.output, new RegExp(`^  data +timetracker-${branch}-db-data$`, 'm'));
    assert.deepEqual(await onEngine(branch), []);
    assert.deepEqual(traces(), []);
    const listed = await command('pulumi', ['stack', 'ls'], {
      cwd: neighbour.folder,
      env: neighbour.environment,
    });
    assert.ok(!listed.output.includes(branch), listed.output);
    assert.deepEqual(await onEngine(neighbour.name), before);
    assert.equal(await neighbour.health(), 200);
    await neighbour.plansNothing();
  });
});
