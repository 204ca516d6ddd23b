// Moving in from a dump: checked before anything is touched, and taken whole.
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ProdStack } from '../../testing/prod-stack';
import { refused, succeeded } from '../../testing/result';
import { command } from '../../testing/stack';

describe('moving in from a dump', () => {
  let stack: ProdStack;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'timetracker-adopt-'));
    stack = await ProdStack.start('adoptdump');
  });
  after(async () => {
    await stack?.remove();
    await rm(folder, { recursive: true, force: true });
  });
  const now = (statement: string) =>
    stack.inTier('db', 'psql', '-U', 'timetracker', '-d', 'timetracker', '-qtAc', statement);

  it('checks it before anything is touched, and takes it whole', async () => {
    const add = (name: string) =>
      now(
        `INSERT INTO entries (id, start_at, end_at, description, source_ref) VALUES (gen_random_uuid(), now(), now(), '${name}', gen_random_uuid())`,
      );
    const dump = async (name: string) => {
      const file = join(folder, name);
      const db = await stack.container('db');
      const made = await command('sh', [
        '-c',
        `docker exec ${db} pg_dump -U timetracker -Fc timetracker >${file}`,
      ]);
      succeeded(made);
      return file;
    };
    await add('of the dump');
    const good = await dump('good.dump');
    await now("CREATE FUNCTION public.spy() RETURNS int LANGUAGE sql AS 'SELECT 1'");
    const hostile = await dump('hostile.dump');
    await now('DROP FUNCTION public.spy()');
    const take = (file: string) => stack.npmRun('adopt', '--from-dump', file, '--yes');
    refused(await take(good), /has data of its own \(entries 1\)/);
    await now('TRUNCATE entries CASCADE');
    refused(await take(hostile), /no migration of this program made:\s+FUNCTION public spy\(\)/);
    const cut = join(folder, 'cut.dump');
    succeeded(await command('sh', ['-c', `head -c 20000 ${good} >${cut}`]));
    refused(await take(cut), /./);
    assert.equal(await now('SELECT count(*) FROM entries'), '0');
    const taken = await take(good);
    succeeded(taken);
    assert.match(taken.output, /The data is that of good\.dump \(entries 1\)/);
    assert.equal(await now('SELECT description FROM entries'), 'of the dump');
    assert.equal((await stack.logIn()).status, 200);
    await stack.plansNothing();
  });
});
