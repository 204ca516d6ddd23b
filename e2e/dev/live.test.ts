// The dev stack with its sources live, and what is there again after it.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, symlink } from 'node:fs/promises';
import * as path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { projectRoot } from '../../host/folders';
import { refused } from '../../testing/result';
import { docker, TestStack } from '../../testing/stack';

describe('the dev stack, live', () => {
  let stack: TestStack;
  let live: ChildProcess;
  let printed = '';
  const start = async () => {
    printed = '';
    live = spawn('node', stack.npmWords('dev', '--yes'), {
      cwd: stack.folder,
      env: stack.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const from of [live.stdout, live.stderr])
      from?.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
      });
    await until(() => printed.includes('End it with ^C') || live.exitCode !== null, 120);
    assert.match(printed, /End it with \^C/);
  };
  before(async () => {
    stack = await TestStack.create({ name: 'e2e-live', orchestrator: 'container' });
    for (const tier of ['app/backend', 'app/frontend'])
      await symlink(
        path.join(projectRoot, tier, 'node_modules'),
        path.join(stack.folder, tier, 'node_modules'),
      );
  });
  after(async () => {
    live?.kill('SIGKILL');
    await docker(
      ...['rm', '--force', stack.resource('backend-live'), stack.resource('frontend-live')],
    ).catch(() => '');
    await stack?.remove();
  });

  const page = async (address: string) => (await fetch(`${stack.url}${address}`)).text();
  const detail = () => page('/api/nothing').catch(() => '');
  /** Seconds from a change of a file until it shows. */
  const shown = async (act: () => Promise<void>, shows: () => Promise<boolean>) => {
    const began = Date.now();
    await act();
    await until(shows, 60);
    return ((Date.now() - began) / 1000).toFixed(1);
  };
  const problems = 'app/backend/src/plugins/problems.ts';
  const migration = 'app/backend/migrations/900_live.sql';

  it('is refused where no stack is up', async () =>
    refused(await stack.npmRun('dev'), `is not up: npm start -- --stack ${stack.name}`));

  it('runs a line of the backend that is saved, and the old code while it does not compile', async () => {
    await stack.mustUp();
    await start();
    const seconds = await shown(
      () => stack.edit(problems, (text) => text.replace('There is no $', 'Nobody has $')),
      async () => (await detail()).includes('Nobody has GET'),
    );
    console.log(`a line of the backend: live in ${seconds} s`);
    await stack.edit(problems, (text) => `${text}\nexport const wrong: number = 'text';\n`);
    await until(() => /error.*TS2322/.test(printed), 60);
    await pause(500);
    assert.match(await detail(), /Nobody has GET/);
    await stack.edit(problems, (text) => text.replace(/\nexport const wrong.*\n/, ''));
    const debuggable = (await (await fetch('http://127.0.0.1:9229/json')).json()) as unknown[];
    assert.equal(debuggable.length, 1);
  });

  it('shows a line of the page that is saved, which loads itself anew, by the same rules', async () => {
    const before = await page('/live.json');
    const seconds = await shown(
      () =>
        stack.edit('app/frontend/index.html', (text) => text.replace('<title>', '<title>Live ')),
      async () => (await page('/')).includes('<title>Live '),
    );
    console.log(`a line of the page: live in ${seconds} s`);
    await until(async () => (await page('/live.json')) !== before, 20);
    assert.match(await page('/'), /<script src="\/live\.js" defer>/);
    const { headers } = await fetch(stack.url);
    assert.match(headers.get('content-security-policy') ?? '', /script-src 'self';/);
  });

  it('runs a migration that is saved', async () => {
    await stack.write(migration, 'CREATE TABLE live_test (id int);\n');
    const isThere = async () =>
      (await stack.sql("SELECT to_regclass('live_test') IS NOT NULL").catch(() => '')) === 't';
    await until(isThere, 60);
    await until(async () => (await stack.health().catch(() => 0)) === 200, 30);
  });

  it('is as the program declares it after ^C, and after a kill', async () => {
    // As it was: an `up` that still had something to do would have done it.
    await stack.edit(problems, (text) => text.replace('Nobody has $', 'There is no $'));
    await stack.edit('app/frontend/index.html', (text) => text.replace('Live ', ''));
    await rm(path.join(stack.folder, migration));
    live.kill('SIGINT');
    await once(live, 'exit');
    assert.equal(live.exitCode, 0, printed);
    await stack.plansNothing();
    assert.equal(await stack.health(), 200);

    await start();
    live.kill('SIGKILL');
    await once(live, 'exit');
    const again = await stack.npmRun('start');
    assert.equal(again.code, 0, again.output);
    assert.equal(await stack.health(), 200);
    const names = await docker('ps', '--all', '--format={{.Names}}');
    assert.ok(!names.includes(`${stack.resource('backend')}-live`));
  });
});

/** @throws AssertionError when it never holds */
async function until(holds: () => boolean | Promise<boolean>, seconds: number): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, `not within ${seconds} s`);
    await pause(100);
  }
}
