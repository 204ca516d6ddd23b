// The copy off the server through the real CLI: a second of before, and a new server after the old one is gone.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { ProdStack, times } from '../../testing/prod-stack';
import { failed, succeeded } from '../../testing/result';
import { docker, retry } from '../../testing/stack';

const backupKey = 'not-to-be-seen-key-of-the-copy';

describe('a copy off the server', () => {
  let stack: ProdStack;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'timetracker-target-'));
    await chmod(folder, 0o755);
    stack = await ProdStack.prepare('offsite');
    await stack.configure({ backupTarget: folder });
    await stack.mustPulumi('config', 'set', '--secret', 'backupKey', backupKey);
  });
  after(async () => {
    await stack?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  const owner = (statement: string) =>
    stack.inTier('db', 'psql', '-U', 'timetracker_owner', '-d', 'timetracker', '-qtAc', statement);
  const fact = async (name: string) =>
    new RegExp(`^${name} (.*)$`, 'm').exec(await stack.inTier('offsite', 'offsite', 'facts'))?.[1];
  const add = (name: string) =>
    owner(
      `insert into entries (id, start_at, end_at, description, source_ref) select id, now(), now(), '${name}', id from gen_random_uuid() as id`,
    );
  const names = async () =>
    (await owner("select string_agg(description, ',' order by description) from entries")).split(
      ',',
    );
  /** All tiers run, and the database answers. */
  const isThere = async () => {
    for (const tier of ['db', 'backup', 'offsite', 'backend'])
      if ((await stack.containers(tier)).length === 0) return false;
    return names().then(
      () => true,
      () => false,
    );
  };
  const untilSent = async () => {
    const now = Number(await owner('select extract(epoch from clock_timestamp())::bigint + 1'));
    assert.ok(await retry(async () => Number((await fact('sent')) ?? 0) >= now, 90), 'not sent');
  };

  it('is there with the stack, and the status says so', async () => {
    const up = await stack.mustUp();
    assert.ok(!/on this server alone|not-to-be-seen/.test(up), up);
    await stack.plansNothing();
    assert.ok(await retry(async () => (await fact('proof')) !== undefined, 120), 'not proven');
    const status = await stack.npmRun('status');
    assert.match(
      status.output,
      /^ok +off the server +\d+ s behind, base of .*, proven from there /m,
    );
    assert.match(
      status.output,
      /^BAD +keys +what opens the copy was not printed .*: npm run keys$/m,
    );
    const seen = await docker('service', 'inspect', stack.resource('offsite'));
    assert.ok(!seen.includes('not-to-be-seen'));
    const page = await stack.npmRun('keys');
    succeeded(page);
    for (const part of ['only for this test', folder, backupKey, 'npm run prod -- --recover'])
      assert.ok(page.output.includes(part), page.output);
    const kept = await stack.npmRun('status');
    assert.match(kept.output, /^ok +keys +what opens the copy was printed on /m);
  });

  it('gives back a second of before, and then the last', async () => {
    await add('before the mistake');
    await pause(2000);
    const then = new Date();
    await pause(2000);
    await owner("delete from entries where description = 'before the mistake'");
    await add('after the mistake');
    await untilSent();
    const to = then.toISOString().slice(0, 19).replace('T', ' ');
    // Killed at any moment, the command, its tier or the database, all is of before or all of after.
    for (let round = 0; round < times.restoreKills; round++) {
      const child = spawn('node', stack.npmWords('restore', '--to', `${to} UTC`, '--yes'), {
        cwd: stack.folder,
        env: stack.environment,
        detached: true,
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => child.once('close', resolve));
      const milliseconds = 500 + Math.random() * 14_000;
      await Promise.race([ended, pause(milliseconds)]);
      const what = (['the command', 'backup', 'db', 'offsite'] as const)[round % 4];
      if (what === 'the command') {
        if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
      } else if (what !== undefined) {
        await docker('kill', '--signal=KILL', await stack.container(what));
        // Without a tier it may wait; what it says is its own.
        await Promise.race([ended, pause(60_000)]);
        if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
      }
      assert.ok(await retry(isThere, 120), 'it does not come back');
      const [only, ...more] = await names();
      assert.ok(only === 'before the mistake' || only === 'after the mistake', only);
      assert.deepEqual(more, [], `${what} killed after ${Math.round(milliseconds)} ms`);
    }
    const restored = await stack.npmRun('restore', '--to', `${to} UTC`, '--yes');
    succeeded(restored);
    assert.match(
      restored.output,
      /It has 1 entries\. The last entry in it is "before the mistake", of /,
    );
    assert.match(restored.output, /What is there now: 1 entries\. .*"(before|after) the mistake"/);
    assert.match(
      restored.output,
      /The data is that of .*\. What was there before is in timetracker-/,
    );
    assert.deepEqual(await names(), ['before the mistake']);
    assert.equal((await stack.logIn()).status, 200);
    await add('written after the restore');
    await untilSent();
  });

  it('refuses what it does not have, before anything is touched', async () => {
    const restore = (to: string) => stack.npmRun('restore', '--to', to, '--yes');
    failed(await restore('2001-02-03 04:05:06'), /nothing was changed: the copy begins at \d{4}-/);
    failed(await restore('2999-02-03 04:05:06'), /is yet to come: nothing is known of it/);
    failed(await restore('2026-02-30 04:05:06'), /there is no such day, or no such time/);
    failed(
      await restore('yesterday'),
      /"yesterday" is no moment: .* such as '2026-11-25 15:59:30'/,
    );
    assert.deepEqual(await names(), ['before the mistake', 'written after the restore']);
  });

  it('brings everything back on a new server, from the repository, the target and the keys', async () => {
    const began = Date.now();
    // The server burns: engine data, volumes and state.
    const config = await readFile(stack.configFile, 'utf8');
    assert.ok(config.includes('backupTarget') && !config.includes(backupKey));
    await stack.burn();

    const recovered = await stack.npmRun('prod', '--recover', '--yes');
    succeeded(recovered);
    assert.match(recovered.output, /The last entry in it is "written after the restore", of /);
    assert.match(recovered.output, /The data is back\./);
    assert.deepEqual(await names(), ['before the mistake', 'written after the restore']);
    assert.equal((await stack.logIn()).status, 200);
    // The copy goes on with the new server.
    assert.ok(await retry(async () => (await fact('base')) !== undefined, 90), 'no base');
    assert.equal(await fact('foreign'), undefined);
    console.log(`everything is back after ${Math.round((Date.now() - began) / 1000)} s`);
  });
});
