// The dev stack on the real engine, through the real CLI.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { command, docker, eventsDuring, retry, TestStack } from '../../testing/stack';

interface Inspected {
  readonly Id: string;
  readonly HostConfig: {
    readonly PortBindings: Record<string, { HostIp: string; HostPort: string }[]> | null;
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: string[] | null;
    readonly SecurityOpt: string[] | null;
    readonly Memory: number;
    readonly LogConfig: { Type: string; Config: Record<string, string> };
  };
  readonly Config: { readonly User: string; readonly Healthcheck: Record<string, unknown> };
  readonly NetworkSettings: { readonly Networks: Record<string, { IPAddress: string }> };
}

const second = 1_000_000_000;

describe('the dev stack', () => {
  let stack: TestStack;
  const inspect = async (tier: string): Promise<Inspected> => {
    const [found] = JSON.parse(await docker('inspect', stack.resource(tier))) as Inspected[];
    assert.ok(found);
    return found;
  };
  const sql = (...statements: string[]) => stack.sql(...statements);

  let events: string[];
  before(async () => {
    stack = await TestStack.create({ name: 'e2e-dev', orchestrator: 'container' });
    events = await eventsDuring('{{.Action}} {{.Actor.Attributes.name}}', () => stack.mustUp());
  });
  after(() => stack?.remove());

  it('comes up with one command, each tier when the one before it is healthy', () => {
    const steps = events
      .filter((line) => line.includes(stack.name))
      .map((line) => line.replace(`timetracker-${stack.name}-`, ''));
    assert.deepEqual(steps, [
      'start db',
      'health_status: healthy db',
      'start backend',
      'health_status: healthy backend',
      'start frontend',
      'health_status: healthy frontend',
    ]);
  });

  it('serves the page and the health of backend and database at its address', async () => {
    assert.equal(await stack.output('url'), stack.url);
    assert.equal(await stack.health(), 200);
    const page = await fetch(stack.url);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<!doctype html>/i);
  });

  it('says a login that works', async () => {
    const { username, password } = (await stack.output('login')) as Record<string, string>;
    const answer = await fetch(`${stack.url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password }),
    });
    assert.equal(answer.status, 200);
  });

  it('publishes one port, on loopback', async () => {
    assert.deepEqual((await inspect('frontend')).HostConfig.PortBindings, {
      '8080/tcp': [{ HostIp: '127.0.0.1', HostPort: String(stack.port) }],
    });
    for (const tier of ['db', 'backend'])
      assert.deepEqual((await inspect(tier)).HostConfig.PortBindings ?? {}, {});
  });

  it('keeps the database out of reach of the frontend', async () => {
    const address = Object.values((await inspect('db')).NetworkSettings.Networks)[0]?.IPAddress;
    assert.ok(address);
    const connect = (tier: string, host: string) => {
      const program =
        tier === 'backend'
          ? [
              'node',
              '-e',
              `require('net').connect(5432,'${host}',()=>process.exit(0)).on('error',()=>process.exit(7));setTimeout(()=>process.exit(28),3000)`,
            ]
          : ['curl', '--silent', '--max-time', '3', `telnet://${host}:5432`];
      return command('docker', ['exec', stack.resource(tier), ...program]);
    };
    // The control: the same two ways in are open to the backend.
    assert.equal((await connect('backend', 'db')).code, 0);
    assert.equal((await connect('backend', address)).code, 0);
    // 6: name not known; 7, 28: no way to the address.
    assert.equal((await connect('frontend', 'db')).code, 6);
    assert.ok([7, 28].includes((await connect('frontend', address)).code));
  });

  it('checks health as the compose files did', async () => {
    const check = async (tier: string) => {
      const { Test: _, ...figures } = (await inspect(tier)).Config.Healthcheck;
      return figures;
    };
    assert.deepEqual(await check('db'), {
      Interval: 10 * second,
      Timeout: 5 * second,
      Retries: 5,
      StartPeriod: 30 * second,
      StartInterval: second,
    });
    assert.deepEqual(await check('backend'), {
      Interval: 30 * second,
      Timeout: 5 * second,
      Retries: 3,
      StartPeriod: 40 * second,
      StartInterval: second,
    });
  });

  it('runs locked down: no root, no capabilities, nothing to write to, limits', async () => {
    for (const tier of ['db', 'backend', 'frontend']) {
      const { HostConfig } = await inspect(tier);
      assert.equal(HostConfig.ReadonlyRootfs, true, tier);
      assert.deepEqual(HostConfig.CapDrop, ['ALL'], tier);
      assert.deepEqual(HostConfig.SecurityOpt, ['no-new-privileges:true'], tier);
      assert.ok(HostConfig.Memory > 0, tier);
      assert.deepEqual(HostConfig.LogConfig, {
        Type: 'json-file',
        Config: { 'max-size': '10m', 'max-file': '3' },
      });
    }
    for (const tier of ['backend', 'frontend']) {
      const whoami = await docker('exec', stack.resource(tier), 'id', '-u');
      assert.notEqual(whoami, '0', tier);
      const write = await command('docker', ['exec', stack.resource(tier), 'touch', '/written']);
      assert.notEqual(write.code, 0, tier);
    }
  });

  it('plans nothing the second time, with and without a refresh', async () => {
    await stack.plansNothing('up', '--yes', '--skip-preview');
    await stack.plansNothing('preview', '--refresh=false');
    await stack.plansNothing('preview', '--refresh');
  });

  it('mends what was removed or stopped by hand, and keeps the data', async () => {
    await sql('create table kept (value int); insert into kept values (42)');
    for (const break_ of [
      ['rm', '-f', stack.resource('frontend')],
      ['kill', stack.resource('backend')],
      ['rm', '-f', stack.resource('db')],
      ['rm', '-f', stack.resource('db'), stack.resource('backend'), stack.resource('frontend')],
    ]) {
      await docker(...break_);
      await stack.mustUp();
      assert.equal(await stack.health(), 200, `after docker ${break_.join(' ')}`);
      assert.equal(await sql('select value from kept'), '42');
    }
    await stack.plansNothing();
  });

  it('restores a backup with the commands of the README, while it serves', async () => {
    const db = stack.resource('db');
    const file = `${stack.folder}/backup.dump`;
    const shell = async (line: string) => {
      const result = await command('sh', ['-c', line]);
      assert.equal(result.code, 0, result.output);
    };
    await shell(`docker exec ${db} pg_dump -U timetracker -Fc timetracker > ${file}`);
    await sql('update kept set value = 0');
    await shell(
      `docker exec -i ${db} pg_restore -U timetracker -d timetracker --clean --if-exists < ${file}`,
    );
    assert.equal(await sql('select value from kept'), '42');
    assert.equal(await stack.health(), 200);
    const { username, password } = (await stack.output('login')) as Record<string, string>;
    const answer = await fetch(`${stack.url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password }),
    });
    assert.equal(answer.status, 200, 'the restored rights serve the application');
  });

  it('makes a removed network again, with the containers in it', async () => {
    const containers = ['db', 'backend', 'frontend'].map((tier) => stack.resource(tier));
    await docker('rm', '-f', ...containers);
    await docker('network', 'rm', stack.resource('application-network'));
    await stack.mustUp();
    assert.equal(await stack.health(), 200);
    await stack.plansNothing();
  });

  it('builds a removed image again', async () => {
    await docker('rm', '-f', stack.resource('frontend'));
    await docker('rmi', '-f', `timetracker-${stack.name}/frontend:dev`);
    await stack.mustUp();
    assert.equal(await stack.health(), 200);
    await stack.plansNothing();
  });

  it('rolls a changed page out, and only that', async () => {
    const before = await inspect('backend');
    await stack.edit('app/frontend/index.html', (html) =>
      html.replace('<head>', '<head><!-- changed -->'),
    );
    await stack.mustUp();
    assert.equal((await inspect('backend')).Id, before.Id);
    assert.equal(await stack.health(), 200);
    await stack.plansNothing();
  });

  it('is gone after destroy, but for the data, which the next up takes over', async () => {
    await stack.mustPulumi('destroy', '--yes', '--skip-preview');
    const left = async (kind: string[]) =>
      (await docker(...kind, '--filter', `name=timetracker-${stack.name}`, '--format', '{{.Name}}'))
        .split('\n')
        .filter(Boolean);
    assert.deepEqual(
      (await docker('ps', '-aq', '--filter', `name=timetracker-${stack.name}`)).length,
      0,
    );
    assert.deepEqual(await left(['network', 'ls']), []);
    assert.deepEqual(await left(['volume', 'ls']), [stack.resource('db-data')]);
    await stack.mustUp();
    assert.equal(await sql('select value from kept'), '42');
  });

  for (const tier of ['db', 'backend', 'frontend'])
    it(`is mended by the next up when one was interrupted at the ${tier}`, async () => {
      await docker(
        'rm',
        '-f',
        ...['db', 'backend', 'frontend'].map((each) => stack.resource(each)),
      );
      const interrupted = await stack.interruptUp(
        new RegExp(`Container ${stack.resource(tier)} creating`),
      );
      assert.notEqual(interrupted.code, 0);
      await stack.mustUp();
      assert.ok(await retry(async () => (await stack.health()) === 200, 5));
      await stack.plansNothing();
    });
});
