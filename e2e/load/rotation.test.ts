// Secrets of the prod stack that change while it serves: the generated ones, and the admin's password.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { expected } from '../../review/test/changes';
import { upAsPlanned } from '../../testing/planned-up';
import { ProdStack, times } from '../../testing/prod-stack';
import { succeeded } from '../../testing/result';
import { command } from '../../testing/stack';

describe('a secret of the prod stack', () => {
  let stack: ProdStack;
  before(async () => {
    stack = await ProdStack.start('rotation');
  });
  after(() => stack?.remove());

  const rotate = async () => succeeded(await stack.npmRun('rotate', '--yes'));
  const generation = async () =>
    Number(((await stack.output('secrets')) as { generation: number }).generation);
  const me = async (token: string) =>
    (await stack.get('/api/auth/me', { authorization: `Bearer ${token}` })).status;

  for (let round = 1; round <= times.rotations; round++)
    it(`is rotated with all others, unnoticed (${round})`, async () => {
      const token = await stack.accessToken();
      const before = await generation();
      await stack.unnoticed(`rotation ${round}`, rotate);
      assert.equal(await me(token), 200, 'a token of the generation before is valid');
      assert.equal(await generation(), before + 1);
      assert.match(
        readFileSync(stack.configFile, 'utf8'),
        new RegExp(`^ {2}timetracker:secretsGeneration: "?${before + 1}"?$`, 'm'),
      );
    });

  it('is forgotten after two rotations: tokens and roles', async () => {
    const token = await stack.accessToken();
    const role = `app_g${await generation()}`;
    const rolePassword = await stack.inTier('backend', 'cat', '/run/secrets/db_app_password');
    const roleLogsIn = async () => {
      const client = ['psql', '-h', '127.0.0.1', '-U', role, '-d', 'timetracker', '-tAc'];
      const db = await stack.container('db');
      const environment = ['-e', `PGPASSWORD=${rolePassword}`];
      return (
        (await command('docker', ['exec', ...environment, db, ...client, 'select 1'])).code === 0
      );
    };
    assert.ok(await roleLogsIn(), 'the control');
    await rotate();
    assert.equal(await me(token), 200);
    assert.ok(await roleLogsIn());
    await rotate();
    assert.equal(await me(token), 401);
    assert.ok(!(await roleLogsIn()));
    assert.equal(await stack.health(), 200);
  });

  it('is changed by config alone, if it is the admin password', async () => {
    const old = stack.password;
    const password = 'another horse battery staple';
    await stack.mustPulumi('config', 'set', '--secret', 'adminPassword', password);
    // As the plan on paper has it.
    const onPaper = expected['swarm: admin password']?.map((line) => line.replace(/:.*/, ''));
    assert.deepEqual(await upAsPlanned(stack), onPaper);
    stack.password = password;
    assert.equal((await stack.logIn()).status, 200);
    assert.equal((await stack.logIn(old)).status, 401);
  });

  it('is that of a pool of connections, too, which comes and goes with no request lost', async () => {
    const limited = (connections: number) =>
      stack.inTier(
        ...(['db', 'psql', '-U', 'timetracker', '-d', 'timetracker', '-qtAc'] as const),
        `alter database timetracker connection limit ${connections}`,
      );
    await stack.unnoticed('a pool of connections comes', async () => {
      await stack.configure({ databaseConnections: '29' });
      await stack.mustUp();
    });
    await stack.plansNothing();
    assert.equal((await stack.containers('pool')).length, 2);
    // From here on it has no more; its superuser has three.
    await limited(26);
    await stack.unnoticed('a rotation through it', rotate);
    await limited(-1);
    await stack.unnoticed('a pool of connections goes', async () => {
      await stack.mustPulumi('config', 'rm', 'databaseConnections');
      await stack.mustUp();
    });
    assert.deepEqual(await stack.containers('pool'), []);
    await stack.plansNothing();
  });

  it('is changed as planned together with what else a release brings', async () => {
    await stack.configure({
      secretsGeneration: String((await generation()) + 1),
      backendReplicas: '3',
    });
    await stack.changeBackend('with another secret');
    await stack.changeFrontend('with another secret');
    const lines = await upAsPlanned(stack);
    for (const line of [
      'create secret jwt-secret-g',
      'replace release record release',
      'update image backend-image',
      'update image frontend-image',
      'update service backend',
      'update service frontend',
    ])
      assert.ok(
        lines.some((one) => one.startsWith(line)),
        `${line} in\n${lines.join('\n')}`,
      );
    assert.equal((await stack.logIn()).status, 200);
  });
});
