// The prod stack on a real Swarm, through the real CLI and the commands of package.json.
import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as http from 'node:http';
import * as path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { restoreSwarm, swarmState } from '../../testing/clean-up';
import { Load, send, slowest } from '../../testing/load';
import { command, docker, ensureSwarm, type Result, retry, TestStack } from '../../testing/stack';

/** `npm run e2e:soak` takes the numbers that a claim needs; the suite a shorter run. */
const soak = process.env.SOAK === '1';
const times = soak
  ? { releases: 10, badReleases: 3, rotations: 3, rollbacks: 3 }
  : { releases: 3, badReleases: 1, rotations: 1, rollbacks: 1 };

const tiers = ['db', 'backend', 'frontend', 'edge'];
const allTiers = [...tiers, 'backup'];

describe('the prod stack', () => {
  let stack: TestStack;
  const swarmBefore = swarmState();
  let upOutput: string;
  let events: string;
  let password = 'correct horse battery staple';
  const agent = new http.Agent();

  const release = async () => String(await stack.output('release'));
  const health = async () =>
    (await send(agent, stack.url, { method: 'GET', path: '/health' })).status;
  const logIn = (secret = password) =>
    send(agent, stack.url, {
      method: 'POST',
      path: '/api/auth/login',
      body: { username: 'admin', password: secret },
    });
  const accessToken = async () =>
    (JSON.parse((await logIn()).body) as { accessToken: string }).accessToken;
  const me = async (token: string) =>
    (
      await send(agent, stack.url, {
        method: 'GET',
        path: '/api/auth/me',
        headers: { authorization: `Bearer ${token}` },
      })
    ).status;
  /** Ids of a tier's running containers. */
  const containers = async (tier: string) =>
    (
      await docker(
        'ps',
        '-q',
        '--filter',
        `label=com.docker.swarm.service.name=${stack.resource(tier)}`,
      )
    )
      .split('\n')
      .filter(Boolean);
  const inTier = async (tier: string, ...program: string[]) => {
    const [first] = await containers(tier);
    assert.ok(first, `no container of ${tier}`);
    return docker('exec', first, ...program);
  };
  const succeeded = (result: Result) => assert.equal(result.code, 0, result.output);
  const plansNothing = async (...args: string[]) =>
    succeeded(await stack.pulumi([...args, '--expect-no-changes']));

  /** What happens under load, and that no request noticed it. */
  async function unnoticed(what: string, act: () => Promise<void>): Promise<void> {
    await Load.during(stack.url, password, act, ({ requests, failures, slowestMs, seconds }) => {
      console.log(
        `${what}: ${failures.length} failed of ${requests} requests in ${seconds} s, the slowest ${slowestMs} ms`,
      );
      assert.deepEqual(failures.slice(0, 10), [], `${failures.length} failed of ${requests}`);
      assert.ok(requests > 100);
      assert.ok(slowestMs <= slowest);
    });
  }

  const changeBackend = (mark: string) =>
    stack.edit('app/backend/src/server.ts', (text) => `${text}\n// ${mark}\n`);
  const changeFrontend = (mark: string) =>
    stack.edit('app/frontend/index.html', (text) =>
      text.replace(/<head>(<!--.*?-->)?/, `<head><!-- ${mark} -->`),
    );

  before(async () => {
    await ensureSwarm();
    stack = await TestStack.create({
      name: 'e2e-prod',
      orchestrator: 'swarm',
      secretConfig: { adminPassword: password },
    });
    const since = Math.floor(Date.now() / 1000);
    upOutput = await stack.mustUp();
    events = await docker(
      'events',
      `--since=${since}`,
      `--until=${Math.ceil(Date.now() / 1000)}`,
      '--filter=type=container',
      '--format={{.Action}} {{index .Actor.Attributes "com.docker.swarm.service.name"}}',
    );
  });
  after(async () => {
    await stack?.remove();
    restoreSwarm(swarmBefore);
  });

  it('comes up by health: db, backend, frontend, edge', () => {
    const steps = events
      .split('\n')
      .filter((line) => line.includes(stack.name) && /^(start|health_status: healthy) /.test(line));
    const first = (action: string, tier: string) =>
      steps.indexOf(`${action} ${stack.resource(tier)}`);
    for (const [index, tier] of tiers.entries()) {
      assert.ok(first('start', tier) >= 0, steps.join('\n'));
      const next = tiers[index + 1];
      if (next)
        assert.ok(
          steps.lastIndexOf(`health_status: healthy ${stack.resource(tier)}`) >= 0 &&
            first('start', next) > first('health_status: healthy', tier),
          steps.join('\n'),
        );
    }
  });

  it('answers at its one port, and at no other', async () => {
    assert.equal(await health(), 200);
    const ports = await docker(
      'service',
      'inspect',
      '--format',
      '{{json .Endpoint.Spec}}',
      ...allTiers.map((tier) => stack.resource(tier)),
    );
    assert.deepEqual(
      ports.split('\n').flatMap((line) => (JSON.parse(line) as { Ports?: object[] }).Ports ?? []),
      [
        {
          Name: 'http',
          Protocol: 'tcp',
          TargetPort: 8080,
          PublishedPort: stack.port,
          PublishMode: 'host',
        },
      ],
    );
  });

  it('hands secrets over as files that only their reader may read', async () => {
    const listed = await inTier('backend', 'sh', '-c', 'stat -c "%a %u %n" /run/secrets/*');
    assert.deepEqual(
      listed.split('\n').sort(),
      [
        'admin_password_hash',
        'db_app_password',
        'db_certificate',
        'db_owner_password',
        'db_owner_password_initial',
        'jwt_secret',
        'session_secret',
      ].map((name) => `${name === 'db_certificate' ? 444 : 400} 1000 /run/secrets/${name}`),
    );
    const read = (name: string) => inTier('backend', 'cat', `/run/secrets/${name}`);
    assert.equal(Buffer.from(await read('jwt_secret'), 'base64').length, 64);
    assert.match(await read('session_secret'), /^[0-9a-f]{64}$/);
    assert.equal(Buffer.from(await read('db_owner_password'), 'base64').length, 32);
    assert.match(await read('admin_password_hash'), /^\$2b\$12\$/);
  });

  it('has no secret value in an environment, label, plan, state, log or image layer', async () => {
    await logIn();
    const names = (await inTier('backend', 'ls', '/run/secrets'))
      .split('\n')
      // What the database shows to everyone who connects.
      .filter((name) => name !== 'db_certificate');
    const values = await Promise.all(
      names.map((name) => inTier('backend', 'cat', `/run/secrets/${name}`)),
    );
    const planted = [...values, password].flatMap((value) => [
      value,
      Buffer.from(value).toString('base64'),
      Buffer.from(`${value}\n`).toString('base64'),
    ]);

    const running = (await Promise.all(allTiers.map(containers))).flat();
    const services = allTiers.map((tier) => stack.resource(tier));
    const images = (await docker('images', '-q', `timetracker-${stack.name}/*`)).split('\n');
    const places: Record<string, string> = {
      'the output of up': upOutput,
      'a plan': (await stack.pulumi(['preview', '--diff'])).output,
      'the stack outputs': (await stack.pulumi(['stack', 'output', '--json'])).output,
      'docker inspect': await docker('inspect', ...running),
      'docker service inspect': await docker('service', 'inspect', ...services),
      'docker image history': (
        await Promise.all(images.map((image) => docker('history', '--no-trunc', image)))
      ).join('\n'),
      'the container logs': (
        await Promise.all(running.map(async (id) => (await command('docker', ['logs', id])).output))
      ).join('\n'),
      'the state': await readAll(path.join(stack.folder, '.state')),
      'the stack config': await fs.readFile(
        path.join(stack.folder, `Pulumi.${stack.name}.yaml`),
        'utf8',
      ),
    };
    // A search that finds nothing must have been able to find something.
    assert.ok(places['docker inspect']?.includes('DATABASE_OWNER=timetracker'));
    assert.ok(places['the state']?.includes('RandomPassword'));
    for (const [place, text] of Object.entries(places))
      for (const [index, value] of planted.entries())
        assert.ok(
          !text.includes(value),
          `a secret (${names[Math.floor(index / 3)] ?? 'adminPassword'}) is in ${place}`,
        );

    for (const image of new Set(images)) {
      const layers = path.join(stack.folder, 'image.tar');
      await docker('save', '-o', layers, image);
      for (const value of planted)
        assert.notEqual(
          (await command('grep', ['-cF', '--', value, layers])).code,
          0,
          'a secret is in an image layer',
        );
      await fs.rm(layers);
    }
  });

  it('plans nothing the second time, and after a refresh, and touches no container', async () => {
    const before = (await Promise.all(allTiers.map(containers))).flat();
    await plansNothing('up', '--yes', '--skip-preview');
    await plansNothing('up', '--yes', '--skip-preview', '--refresh');
    assert.deepEqual((await Promise.all(allTiers.map(containers))).flat(), before);
  });

  it('knows the real address of a caller, whatever the caller claims', async () => {
    await using hosts = await callers(['10.231.7.2', '10.231.8.2']);
    for (const { address, gateway, namespace } of hosts.list) {
      const called = await command('ip', [
        'netns',
        'exec',
        namespace,
        'curl',
        '--silent',
        '--show-error',
        '--max-time',
        '5',
        '-H',
        'X-Forwarded-For: 203.0.113.9',
        '-H',
        'X-Real-IP: 203.0.113.9',
        '-H',
        'Forwarded: for=203.0.113.9',
        '-H',
        `user-agent: caller-${address}`,
        '-o',
        '/dev/null',
        '-w',
        '%{http_code}',
        `http://${gateway}:${stack.port}/api/settings`,
      ]);
      assert.equal(called.output, '401', called.output);
    }
    const logs = async (tier: string) =>
      (
        await Promise.all(
          (
            await containers(tier)
          ).map(async (id) => (await command('docker', ['logs', id])).output),
        )
      ).join('\n');
    const backend = await logs('backend');
    for (const { address } of hosts.list)
      assert.ok(backend.includes(`"remoteAddress":"${address}"`), address);
    assert.ok(!backend.includes('203.0.113.9'));
    assert.ok(!(await logs('frontend')).includes('"client":"203.0.113.9"'));
  });

  it('plans a changed backend as its image and release, for a person to review', async () => {
    await changeBackend('to be reviewed');
    // As in a pull request: from the state alone, without a word to the server.
    const plan = await stack.pulumi(['preview', '--diff', '--refresh=false'], {
      DOCKER_HOST: 'ssh://nobody@server.invalid',
    });
    succeeded(plan);
    const service = plan.output
      .split(/^(?= {4}[~+-])/m)
      .find(
        (step) => step.includes(`::${stack.resource('backend')}]`) && step.includes('taskSpec'),
      );
    assert.deepEqual(
      service?.match(/^ +[~+-] .*$/gm)?.map((line) => line.trim().replace(/"[^"]*"/g, '"…"')),
      [
        '~ docker:index/service:Service: (update)',
        '~ taskSpec: {',
        '~ containerSpec: {',
        '~ env  : {',
        '~ RELEASE: "…" => "…"',
        '~ image: "…" => [unknown]',
      ],
      plan.output,
    );
  });

  for (let round = 1; round <= times.releases; round++)
    it(`rolls a changed backend out, unnoticed (${round})`, () =>
      unnoticed(`release of the backend ${round}`, async () => {
        const before = await release();
        await changeBackend(`backend ${round}`);
        await stack.mustUp();
        assert.notEqual(await release(), before);
        assert.equal((await release()).split('-')[1], before.split('-')[1]);
      }));

  for (let round = 1; round <= times.releases; round++)
    it(`rolls a changed frontend out, unnoticed (${round})`, () =>
      unnoticed(`release of the frontend ${round}`, async () => {
        const backendBefore = await containers('backend');
        await changeFrontend(`frontend ${round}`);
        await stack.mustUp();
        assert.match(
          (await send(agent, stack.url, { method: 'GET', path: '/' })).body,
          new RegExp(`frontend ${round}`),
        );
        assert.deepEqual(await containers('backend'), backendBefore);
      }));

  for (let round = 1; round <= times.badReleases; round++)
    it(`rolls a bad release back, says why, and is healed by good code (${round})`, () =>
      unnoticed(`bad release ${round}`, async () => {
        const before = await release();
        await stack.edit(
          'app/backend/src/server.ts',
          (text) => `throw new Error('a bad release ${round}');\n${text}`,
        );
        const bad = await stack.up();
        assert.notEqual(bad.code, 0);
        assert.ok(bad.output.includes(stack.resource('backend')), bad.output);
        assert.match(bad.output, /rollback completed/);
        assert.ok(bad.output.includes(`a bad release ${round}`), bad.output);
        assert.doesNotMatch(bad.output, /^\s+at .*node_modules/m);
        await stack.edit('app/backend/src/server.ts', (text) => text.replace(/^throw.*\n/, ''));
        await stack.mustUp();
        assert.equal(await release(), before);
        await plansNothing('preview');
      }));

  for (let round = 1; round <= times.rotations; round++)
    it(`rotates every secret, unnoticed (${round})`, async () => {
      const token = await accessToken();
      await unnoticed(`rotation ${round}`, async () => {
        succeeded(await stack.npmRun('rotate', '--yes'));
      });
      assert.equal(await me(token), 200, 'a token of the generation before is valid');
    });

  it('forgets tokens and roles of two generations ago', async () => {
    const token = await accessToken();
    const generation = Number(
      ((await stack.output('secrets')) as { generation: number }).generation,
    );
    const role = `app_g${generation}`;
    const rolePassword = await inTier('backend', 'cat', '/run/secrets/db_app_password');
    const roleLogsIn = async () => {
      const [db] = await containers('db');
      assert.ok(db);
      return (
        (
          await command('docker', [
            'exec',
            '-e',
            `PGPASSWORD=${rolePassword}`,
            db,
            'psql',
            '-h',
            '127.0.0.1',
            '-U',
            role,
            '-d',
            'timetracker',
            '-tAc',
            'select 1',
          ])
        ).code === 0
      );
    };
    assert.ok(await roleLogsIn(), 'the control');
    succeeded(await stack.npmRun('rotate', '--yes'));
    assert.equal(await me(token), 200);
    assert.ok(await roleLogsIn());
    succeeded(await stack.npmRun('rotate', '--yes'));
    assert.equal(await me(token), 401);
    assert.ok(!(await roleLogsIn()));
    assert.equal(await health(), 200);
  });

  for (let round = 1; round <= times.rollbacks; round++)
    it(`rolls back to an earlier release without building, unnoticed (${round})`, () =>
      unnoticed(`rollback ${round}`, async () => {
        const live = await release();
        const listed = (await stack.npmRun('releases')).output;
        const earlier = /^([0-9a-f]{8}-[0-9a-f]{8}) +\S+ \S+ UTC$/m.exec(listed)?.[1];
        assert.ok(earlier, listed);
        assert.match(listed, new RegExp(`^${live} .* live$`, 'm'));
        const back = await stack.npmRun('rollback', earlier, '--yes');
        succeeded(back);
        assert.doesNotMatch(back.output, /npm ci|exporting to image/);
        assert.equal(await release(), earlier);
        assert.equal(await stack.output('pinned'), true);
        await plansNothing('preview');
        succeeded(await stack.npmRun('release', '--yes'));
        assert.equal(await release(), live);
      }));

  it('refuses a release that it does not have', async () => {
    const result = await stack.npmRun('rollback', '00000000-00000000', '--yes');
    assert.notEqual(result.code, 0);
    assert.match(
      result.output,
      /There is no release "00000000-00000000"\. There are:\n[0-9a-f]{8}-/,
    );
  });

  it('keeps the newest five releases and their images', async () => {
    const records =
      (await stack.npmRun('releases')).output.match(/^[0-9a-f]{8}-[0-9a-f]{8} /gm) ?? [];
    assert.ok(records.length > 0 && records.length <= 5, String(records.length));
    const needed = new Set(records.map((record) => record.trim().split('-')[0]));
    const kept = (
      await docker('images', '--format', '{{.Tag}}', `timetracker-${stack.name}/backend`)
    ).split('\n');
    assert.deepEqual(kept.sort(), [...needed].sort());
  });

  for (const tier of ['backend', 'frontend'])
    it(`does without a ${tier} that is killed, unnoticed`, () =>
      unnoticed(`a ${tier} killed`, async () => {
        const [victim] = await containers(tier);
        assert.ok(victim);
        await docker('kill', victim);
        assert.ok(await retry(async () => (await containers(tier)).length === 2, 60));
      }));

  it('pauses cleanly while the database restarts', async () => {
    const [victim] = await containers('db');
    assert.ok(victim);
    const token = await accessToken();
    await docker('kill', '--signal=SIGINT', victim);
    const began = Date.now();
    let answer: Awaited<ReturnType<typeof send>>;
    do {
      const asked = Date.now();
      answer = await send(agent, stack.url, {
        method: 'GET',
        path: '/api/entries?limit=1',
        headers: { authorization: `Bearer ${token}` },
      });
      assert.ok(Date.now() - asked < 5000, `took ${Date.now() - asked} ms`);
      if (answer.status !== 200) {
        assert.equal(answer.status, 503, answer.body);
        assert.match(String(answer.headers['retry-after']), /^\d+$/);
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    } while (Date.now() - began < 5000 || (answer.status !== 200 && Date.now() - began < 90_000));
    assert.equal(answer.status, 200);
    console.log(
      `database restart: answers again after at most ${Math.round((Date.now() - began) / 1000)} s`,
    );
  });

  it('has a backup from its start, and restores one on demand', async () => {
    const listed = async () => (await inTier('backup', 'backup', 'list')).split('\n');
    assert.equal((await listed()).length, 1, 'the first was made by the first up');
    const owner = (statement: string) =>
      inTier('db', 'psql', '-U', 'timetracker_owner', '-d', 'timetracker', '-qtAc', statement);
    const entries = 'select count(*) from entries';
    const asPostgres = async (...program: string[]) => {
      const [backup] = await containers('backup');
      assert.ok(backup);
      return docker('exec', '--user', 'postgres', backup, ...program);
    };

    await owner("insert into projects (name, color) values ('kept by the backup', '#336699')");
    const before = await owner(entries);
    const backup = await stack.npmRun('backup');
    succeeded(backup);
    const made = /^(timetracker-\S+\.dump) .* made and restored once/m.exec(backup.output)?.[1];
    assert.ok(made, backup.output);

    // An accident, and a change of the schema by a release that came after the backup.
    await owner("delete from projects where name = 'kept by the backup'");
    await owner('create table came_later (value int)');
    const restored = await stack.npmRun('restore', made, '--yes');
    succeeded(restored);
    assert.equal(
      await owner("select count(*) from projects where name = 'kept by the backup'"),
      '1',
    );
    assert.equal(await owner(entries), before);
    assert.equal(await owner("select to_regclass('came_later')"), '');
    assert.equal((await logIn()).status, 200, 'the restored rights serve the application');

    // What was there before the restore is a backup, too.
    const undo = /npm run restore -- (\S+\.dump)/.exec(restored.output)?.[1];
    assert.ok(undo, restored.output);
    succeeded(await stack.npmRun('restore', undo, '--yes'));
    assert.equal(await owner("select to_regclass('came_later')"), 'came_later');

    const unknown = await stack.npmRun('restore', 'nothing.dump', '--yes');
    assert.notEqual(unknown.code, 0);
    assert.match(unknown.output, /There is no backup "nothing\.dump"\. There are:\ntimetracker-/);

    // A file that is cut off changes nothing.
    await asPostgres('sh', '-c', `head -c 4000 /backups/${made} > /backups/cut.dump`);
    assert.notEqual((await stack.npmRun('restore', 'cut.dump', '--yes')).code, 0);
    assert.equal(await owner("select to_regclass('came_later')"), 'came_later');
    await asPostgres('rm', '/backups/cut.dump');
    await plansNothing('preview');
  });

  it('scales by config', async () => {
    await stack.configure({ backendReplicas: '3' });
    await stack.mustUp();
    assert.ok(await retry(async () => (await containers('backend')).length === 3, 30));
    await stack.configure({ backendReplicas: '2' });
    await stack.mustUp();
    assert.ok(await retry(async () => (await containers('backend')).length === 2, 30));
  });

  it('shows a maintenance page, and goes on answering /health', async () => {
    succeeded(await stack.npmRun('maintenance', 'on'));
    const page = await send(agent, stack.url, { method: 'GET', path: '/reports' });
    assert.equal(page.status, 503);
    assert.match(String(page.headers['retry-after']), /^\d+$/);
    assert.match(page.body, /<h1>Back soon<\/h1>/);
    assert.equal(await health(), 200);
    succeeded(await stack.npmRun('maintenance', 'off'));
    assert.equal((await send(agent, stack.url, { method: 'GET', path: '/' })).status, 200);
    const wrong = await stack.npmRun('maintenance', 'maybe');
    assert.notEqual(wrong.code, 0);
    assert.match(wrong.output, /usage: npm run maintenance -- on\|off/);
  });

  it('changes the admin password by config alone', async () => {
    const old = password;
    password = 'another horse battery staple';
    await stack.mustPulumi('config', 'set', '--secret', 'adminPassword', password);
    await stack.mustUp();
    assert.equal((await logIn()).status, 200);
    assert.equal((await logIn(old)).status, 401);
  });
});

/** Every file below a folder, as one text. */
async function readAll(folder: string): Promise<string> {
  const entries = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return (
    await Promise.all(
      files.map((file) => fs.readFile(path.join(file.parentPath, file.name), 'utf8')),
    )
  ).join('\n');
}

interface Caller {
  readonly address: string;
  /** This host, as the caller sees it. */
  readonly gateway: string;
  readonly namespace: string;
}

/** Hosts with addresses of their own: network namespaces, each on a cable to this one. */
async function callers(
  addresses: readonly string[],
): Promise<{ list: Caller[] } & AsyncDisposable> {
  const list = addresses.map((address, index) => ({
    address,
    gateway: address.replace(/\d+$/, '1'),
    namespace: `tt-${process.pid}-${index}`,
  }));
  const ip = async (...args: string[]) => {
    const result = await command('ip', args);
    assert.equal(result.code, 0, `ip ${args.join(' ')}: ${result.output}`);
  };
  for (const [index, { address, gateway, namespace }] of list.entries()) {
    const cable = `tt${process.pid % 100_000}h${index}`;
    await ip('netns', 'add', namespace);
    await ip('link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
    await ip('address', 'add', `${gateway}/24`, 'dev', cable);
    await ip('link', 'set', cable, 'up');
    await ip('-n', namespace, 'address', 'add', `${address}/24`, 'dev', 'eth0');
    await ip('-n', namespace, 'link', 'set', 'eth0', 'up');
    await ip('-n', namespace, 'link', 'set', 'lo', 'up');
  }
  return {
    list,
    // Its end of the cable goes with a namespace, and ours with it.
    [Symbol.asyncDispose]: async () => {
      for (const { namespace } of list) await command('ip', ['netns', 'del', namespace]);
    },
  };
}
