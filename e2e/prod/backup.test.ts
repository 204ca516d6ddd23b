// Backups of the prod stack, and what is brought back from them.
import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ProdStack } from '../../testing/prod-stack';
import { failed, succeeded } from '../../testing/result';
import { docker, TestStack } from '../../testing/stack';

describe('a backup', () => {
  let stack: ProdStack;
  let branch: TestStack;
  before(async () => {
    [stack, branch] = await Promise.all([
      ProdStack.start('backup'),
      TestStack.create({ name: 'e2e-look', orchestrator: 'container' }),
    ]);
    await branch.mustUp();
    // In one clone with the other.
    await copyFile(branch.configFile, join(stack.folder, basename(branch.configFile)));
  });
  after(async () => {
    await branch?.remove();
    await stack?.remove();
  });

  const listed = async () => (await stack.inTier('backup', 'backup', 'list')).split('\n');
  /** Runs a statement as the database's owner. */
  const owner = (statement: string) =>
    stack.inTier('db', 'psql', '-U', 'timetracker_owner', '-d', 'timetracker', '-qtAc', statement);
  /** Runs a program as the user that the backups belong to. */
  const asPostgres = async (...program: string[]) =>
    docker('exec', '--user', 'postgres', await stack.container('backup'), ...program);
  /** Makes one, and returns its name. */
  const backUp = async () => {
    const backup = await stack.npmRun('backup');
    succeeded(backup);
    const made = /^(timetracker-\S+\.dump) .* made and restored once/m.exec(backup.output)?.[1];
    assert.ok(made, backup.output);
    return made;
  };
  const table = async (name: string) => owner(`select to_regclass('${name}')`);

  it('is there from the start', async () => {
    assert.ok((await listed()).length >= 1, 'the first was made by the first up');
  });

  it('is made and restored on demand; what was there before is a backup, too', async () => {
    const entries = 'select count(*) from entries';
    const kept = "select count(*) from projects where name = 'kept by the backup'";
    await owner("insert into projects (name, color) values ('kept by the backup', '#336699')");
    const before = await owner(entries);
    const made = await backUp();

    // An accident, and a change of the schema by a release that came after the backup.
    await owner("delete from projects where name = 'kept by the backup'");
    await owner('create table came_later (value int)');
    const restored = await stack.npmRun('restore', made, '--yes');
    succeeded(restored);
    assert.equal(await owner(kept), '1');
    assert.equal(await owner(entries), before);
    assert.equal(await table('came_later'), '');
    assert.equal((await stack.logIn()).status, 200, 'the restored rights serve the application');

    const undo = /npm run restore -- (\S+\.dump)/.exec(restored.output)?.[1];
    assert.ok(undo, restored.output);
    succeeded(await stack.npmRun('restore', undo, '--yes'));
    assert.equal(await table('came_later'), 'came_later');
    await stack.plansNothing();
  });

  it("goes into a branch's stack, to be looked at first, and leaves its own as it is", async () => {
    const names = "select string_agg(name, ',') from projects where name like 'of %'";
    await owner("insert into projects (name, color) values ('of the backup', '#336699')");
    const made = await backUp();
    await owner("update projects set name = 'of today' where name = 'of the backup'");
    await branch.sql("insert into projects (name, color) values ('of the branch', '#336699')");
    const into = (other: string) => stack.npmRun('restore', made, '--into', other, '--yes');

    failed(await into(stack.name), 'is where the data comes from');
    failed(await into('prod'), 'Stack prod is production');
    failed(await into('pr-none'), 'npm start -- --stack pr-none');
    assert.equal(await branch.sql(names), 'of the branch');

    const looked = await into(branch.name);
    succeeded(looked);
    assert.match(looked.output, /which was not touched\./);
    assert.equal(await branch.sql(names), 'of the backup');
    assert.equal(await owner(names), 'of today');
    assert.equal(await branch.health(), 200);
    await branch.plansNothing();

    // What is no backup leaves the other as it was.
    const [name] = ((await listed())[0] ?? '').split(' ');
    await asPostgres('sh', '-c', `head -c 4000 /backups/${name} > /backups/short.dump`);
    const short = await stack.npmRun('restore', 'short.dump', '--into', branch.name, '--yes');
    failed(short, `Stack ${branch.name} was not changed:`);
    await asPostgres('rm', '/backups/short.dump');
    assert.equal(await branch.sql(names), 'of the backup');
  });

  it('that there is none of is refused', async () =>
    failed(
      await stack.npmRun('restore', 'nothing.dump', '--yes'),
      /There is no backup "nothing\.dump"\. There are:\ntimetracker-/,
    ));

  it('that is cut off changes nothing', async () => {
    await owner('create table stays (value int)');
    const [name] = ((await listed())[0] ?? '').split(' ');
    await asPostgres('sh', '-c', `head -c 4000 /backups/${name} > /backups/cut.dump`);
    try {
      assert.notEqual((await stack.npmRun('restore', 'cut.dump', '--yes')).code, 0);
      assert.equal(await table('stays'), 'stays');
    } finally {
      await asPostgres('rm', '/backups/cut.dump');
    }
  });
});
