// Backups of the prod stack, and what is brought back from them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ProdStack } from '../../testing/prod-stack';
import { failed, succeeded } from '../../testing/result';
import { docker } from '../../testing/stack';

describe('a backup', () => {
  let stack: ProdStack;
  before(async () => {
    stack = await ProdStack.start('backup');
  });
  after(() => stack?.remove());

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
