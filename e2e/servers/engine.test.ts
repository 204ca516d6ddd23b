// A prod stack whose engine is killed, whose server crashes, whose volumes somebody prunes: on a server of its own.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { linesOf } from '../../host/docker';
import { officialImages } from '../../infra/names';
import { ProdStack } from '../../testing/prod-stack';
import { Server } from '../../testing/server';
import { docker, retry } from '../../testing/stack';
import { Witness } from '../../testing/witness';

describe('a server of its own', () => {
  let server: Server;
  let stack: ProdStack;
  before(async () => {
    server = await Server.start('engine');
    process.env.DOCKER_HOST = server.engine;
    await server.load(
      Object.entries(officialImages).map(
        ([kind, image]) => process.env[`TEST_${kind.toUpperCase()}_IMAGE`] ?? image,
      ),
    );
    stack = await ProdStack.prepare('engine', await server.address());
    await stack.mustUp();
  });
  after(async () => {
    await server?.remove();
    await stack?.forget();
  });

  const owner = (statement: string) =>
    stack.inTier('db', 'psql', '-U', 'timetracker_owner', '-d', 'timetracker', '-qtAc', statement);
  const witnessed = async (fault: string, act: () => Promise<void>) => {
    const testimony = await Witness.during(stack.url, stack.password, act, async () =>
      linesOf(await owner("select description from entries where description like 'witness %'")),
    );
    const { acknowledged, failed, longestPauseMs, lost, doubled } = testimony;
    console.log(
      [fault, acknowledged, failed, `${(longestPauseMs / 1000).toFixed(1)} s`, lost.length].join(
        ' | ',
      ),
    );
    assert.deepEqual(lost, []);
    assert.deepEqual(doubled, []);
  };

  it('loses nothing when its engine is killed and started again', async () => {
    await witnessed('the engine killed (SIGKILL), and started again', async () => {
      await server.killEngine();
      await server.startEngine();
    });
    await stack.plansNothing();
  });

  it('loses nothing when it crashes', async () => {
    await witnessed('the server crashed, and started again', async () => {
      await server.crash();
      await server.startEngine();
    });
    await stack.plansNothing();
  });

  it('keeps its data when volumes are pruned, while it runs and after a destroy', async () => {
    const count = () => owner('select count(*) from entries');
    const before = await count();
    await docker('volume', 'prune', '--all', '--force');
    assert.equal(await count(), before);
    await stack.mustPulumi('state', 'unprotect', '--all', '--yes');
    await stack.mustPulumi('destroy', '--yes', '--skip-preview');
    await docker('volume', 'prune', '--force');
    await stack.mustUp();
    assert.ok(await retry(async () => (await stack.health()) === 200, 30));
    assert.equal(await count(), before);
  });
});
