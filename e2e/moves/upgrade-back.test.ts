// The way back from another PostgreSQL, with all data; and what becomes of backups and of the copy
// off the server on the way.
import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { linesOf } from '../../host/docker';
import { nextPostgres } from '../../testing/next-postgres';
import { ProdStack } from '../../testing/prod-stack';
import { failed, succeeded } from '../../testing/result';
import { docker, retry } from '../../testing/stack';

describe('PostgreSQL, moved on with a copy off the server', () => {
  let stack: ProdStack;
  let folder: string;
  let next: string;
  let of17: string;
  let moment: Date;
  before(async () => {
    next = await nextPostgres();
    folder = await mkdtemp(join(tmpdir(), 'timetracker-target-'));
    await chmod(folder, 0o755);
    stack = await ProdStack.prepare('back');
    await stack.configure({ backupTarget: folder });
    await stack.mustPulumi('config', 'set', '--secret', 'backupKey', 'the-key-of-this-copy');
    await stack.mustUp();
  });
  after(async () => {
    await stack?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  const owner = (statement: string) =>
    stack.inTier('db', 'psql', '-U', 'timetracker_owner', '-d', 'timetracker', '-qtAc', statement);
  const major = async () =>
    Math.floor(Number(await owner("select current_setting('server_version_num')")) / 10_000);
  const add = (project: string) =>
    owner(`insert into projects (name, color) values ('${project}', '#336699')`);
  const projects = async () => linesOf(await owner('select name from projects order by name'));
  const fact = async (name: string) =>
    new RegExp(`^${name} (.*)$`, 'm').exec(await stack.inTier('offsite', 'offsite', 'facts'))?.[1];
  const until = async (what: string, holds: () => Promise<boolean>) =>
    assert.ok(await retry(holds, 150), what);
  /** Makes one, and returns its name. */
  const backUp = async () => {
    const backup = await stack.npmRun('backup');
    succeeded(backup);
    const made = /^(timetracker-\S+\.dump) .* made and restored once/m.exec(backup.output)?.[1];
    assert.ok(made, backup.output);
    return made;
  };
  const serves = async () => {
    assert.equal((await stack.logIn()).status, 200);
    await stack.plansNothing();
  };

  it('goes on with the copy, as with a new database that is proven', async () => {
    await add('on 17');
    of17 = await backUp();
    await until('no base', async () => (await fact('base')) !== undefined);
    await pause(1500);
    moment = new Date();
    await until('not sent', async () => Number(await fact('sent')) * 1000 > Number(moment) + 1000);

    const upgrade = await stack.npmRun('upgrade', next, '--yes');
    succeeded(upgrade);
    console.log(/The maintenance page .*/.exec(upgrade.output)?.[0]);
    assert.match(upgrade.output, /can only be had from it by PostgreSQL 17/);
    assert.equal(await major(), 18);
    await until('no base of 18', async () => (await fact('base')) !== undefined);
    assert.equal(await fact('foreign'), undefined);
    await until('not proven', async () => (await fact('proof')) !== undefined);
    assert.equal(await fact('error'), undefined);
    await serves();

    const to = moment.toISOString().slice(0, 19).replace('T', ' ');
    failed(
      await stack.npmRun('restore', '--to', `${to} UTC`, '--yes'),
      /nothing was changed: that is from before an upgrade: the base is of PostgreSQL 17, which this PostgreSQL 18 can't start/,
    );
  });

  it('takes a backup that the version before made', async () => {
    await add('since the upgrade');
    succeeded(await stack.npmRun('restore', of17, '--yes'));
    assert.deepEqual(await projects(), ['on 17']);
    assert.equal((await stack.logIn()).status, 200);
  });

  it('goes back, with what was written since, and refuses a backup of the later version', async () => {
    await add('on 18');
    const of18 = await backUp();
    const back = await stack.npmRun('upgrade', '--back', '--yes');
    succeeded(back);
    console.log(/The maintenance page .*/.exec(back.output)?.[0]);
    assert.equal(await major(), 17);
    assert.deepEqual(await projects(), ['on 17', 'on 18']);
    await serves();

    await add('on 17 again');
    failed(
      await stack.npmRun('restore', of18, '--yes'),
      /nothing is changed: .* is of a newer version, PostgreSQL 18/,
    );
    assert.deepEqual(await projects(), ['on 17', 'on 17 again', 'on 18']);
  });

  it('is kept of before until it is said to go', async () => {
    succeeded(await stack.npmRun('upgrade', '--finish', '--yes'));
    const volumes = linesOf(await docker('volume', 'ls', '--format', '{{.Name}}'));
    assert.deepEqual(volumes.filter((name) => name.startsWith(stack.resource('db-'))).sort(), [
      stack.resource('db-data'),
      stack.resource('db-data-17'),
    ]);
    failed(
      await stack.npmRun('upgrade', '--back', '--as-before', '--yes'),
      /What was before is no longer there: volume \S+-db-data-18 has no data of PostgreSQL 18\. Nothing is changed/,
    );
    assert.deepEqual(await projects(), ['on 17', 'on 17 again', 'on 18']);
    await stack.plansNothing();
  });
});
