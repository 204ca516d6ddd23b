// The prod stack comes up, and what can be seen of it then, on a real Swarm through the real CLI.
import assert from 'node:assert/strict';
import * as fs from 'node:fs/promises';
import * as http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { settingsFile } from '../../host/settings';
import { tiers } from '../../infra/names';
import type { Bill } from '../../supply/bill';
import { callers } from '../../testing/network';
import { ProdStack } from '../../testing/prod-stack';
import { failed, succeeded } from '../../testing/result';
import { command, docker, eventsDuring, retry } from '../../testing/stack';

describe('the prod stack', () => {
  let stack: ProdStack;
  let upOutput: string;
  let events: string[];

  before(async () => {
    stack = await ProdStack.prepare('start');
    // As a clone made under umask 077.
    succeeded(await command('chmod', ['-R', 'go-rwx', path.join(stack.folder, 'app')]));
    events = await eventsDuring(
      '{{.Action}} {{index .Actor.Attributes "com.docker.swarm.service.name"}}',
      async () => {
        upOutput = await stack.mustUp();
      },
    );
  });
  after(() => stack?.remove());

  const everyContainer = async () =>
    (await Promise.all(tiers.map((tier) => stack.containers(tier)))).flat();
  const logsOf = async (containers: readonly string[]) =>
    (
      await Promise.all(
        containers.map(async (id) => (await command('docker', ['logs', id])).output),
      )
    ).join('\n');

  it('comes up by health: db, backend, frontend, edge', () => {
    const steps = events.filter((line) => line.includes(stack.name));
    const first = (action: string, tier: string) =>
      steps.indexOf(`${action} ${stack.resource(tier)}`);
    const inOrder = ['db', 'backend', 'frontend', 'edge'];
    for (const [index, tier] of inOrder.entries()) {
      assert.ok(first('start', tier) >= 0, steps.join('\n'));
      const next = inOrder[index + 1];
      if (next)
        assert.ok(
          steps.lastIndexOf(`health_status: healthy ${stack.resource(tier)}`) >= 0 &&
            first('start', next) > first('health_status: healthy', tier),
          steps.join('\n'),
        );
    }
  });

  it('answers at its one port, and at no other', async () => {
    assert.equal(await stack.health(), 200);
    const ports = await docker(
      'service',
      'inspect',
      '--format',
      '{{json .Endpoint.Spec}}',
      ...tiers.map((tier) => stack.resource(tier)),
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
    const listed = await stack.inTier('backend', 'sh', '-c', 'stat -c "%a %u %n" /run/secrets/*');
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
      ]
        .map((name) => `${name === 'db_certificate' ? 444 : 400} 1000 /run/secrets/${name}`)
        .sort(),
    );
    const read = (name: string) => stack.inTier('backend', 'cat', `/run/secrets/${name}`);
    assert.equal(Buffer.from(await read('jwt_secret'), 'base64').length, 64);
    assert.match(await read('session_secret'), /^[0-9a-f]{64}$/);
    assert.equal(Buffer.from(await read('db_owner_password'), 'base64').length, 32);
    assert.match(await read('admin_password_hash'), /^\$2b\$12\$/);
  });

  it('has no secret value in an environment, label, plan, state, log or image layer', async () => {
    await stack.logIn();
    const names = (await stack.inTier('backend', 'ls', '/run/secrets'))
      .split('\n')
      // What the database shows to everyone who connects.
      .filter((name) => name !== 'db_certificate');
    const values = await Promise.all(
      names.map((name) => stack.inTier('backend', 'cat', `/run/secrets/${name}`)),
    );
    const planted = [...values, stack.password].flatMap((value) => [
      value,
      Buffer.from(value).toString('base64'),
      Buffer.from(`${value}\n`).toString('base64'),
    ]);

    const running = await everyContainer();
    const services = tiers.map((tier) => stack.resource(tier));
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
      'the container logs': await logsOf(running),
      'the state': await readAll(path.join(stack.folder, '.state')),
      'the stack config': await fs.readFile(stack.configFile, 'utf8'),
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

    // All values in one reading of an image, and a control: grep -f takes an empty line for everything.
    const patterns = path.join(stack.folder, 'patterns');
    const inLayers = async (image: string, texts: readonly string[]) => {
      await fs.writeFile(patterns, `${texts.join('\n')}\n`, { mode: 0o600 });
      const search = 'docker save "$1" | LC_ALL=C grep -aqF -f "$2"';
      return (await command('sh', ['-c', search, 'sh', image, patterns])).code === 0;
    };
    const lines = planted.flatMap((value) => value.split('\n')).filter((line) => line.length >= 12);
    for (const image of new Set(images)) {
      assert.ok(!(await inLayers(image, lines)), 'a secret is in an image layer');
      assert.ok(await inLayers(image, [...lines, 'manifest.json']), 'the control');
    }
    await fs.rm(patterns);
  });

  it('runs locked down, as the CIS benchmark asks of containers, but for what docs/security.md waives', async () => {
    /** What each keeps of the capabilities that all lose. */
    const kept: Record<string, string[]> = {
      db: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'KILL', 'SETGID', 'SETUID'],
      backend: [],
      frontend: [],
      edge: ['NET_BIND_SERVICE'],
      backup: ['CHOWN', 'KILL', 'SETGID', 'SETUID'],
    };
    for (const tier of tiers) {
      const container = await stack.container(tier);
      const [found] = JSON.parse(await docker('inspect', container)) as [Inspected];
      const { Config, HostConfig, Mounts } = found;
      assert.equal(HostConfig.Privileged, false, tier);
      assert.equal(HostConfig.ReadonlyRootfs, true, tier);
      assert.deepEqual(HostConfig.CapDrop, ['ALL'], tier);
      const added = (HostConfig.CapAdd ?? []).map((name) => name.replace('CAP_', ''));
      assert.deepEqual(added.sort(), kept[tier], tier);
      assert.ok(HostConfig.Memory > 0, tier);
      assert.equal(HostConfig.LogConfig.Config['max-size'], '10m', tier);
      for (const mode of [HostConfig.PidMode, HostConfig.UTSMode, HostConfig.UsernsMode])
        assert.equal(mode, '', tier);
      assert.notEqual(HostConfig.IpcMode, 'host', tier);
      assert.ok((Config.Healthcheck?.Test.length ?? 0) > 0, tier);
      for (const { Type, Source, Destination } of Mounts) {
        assert.ok(
          ['volume', 'tmpfs'].includes(Type) || /^\/run\/secrets\//.test(Destination),
          tier,
        );
        assert.doesNotMatch(`${Source} ${Destination}`, /docker\.sock/, tier);
      }
      // What serves the network isn't root; the init process of db and backup alone is, which steps down.
      const users = (await docker('top', container, '-eo', 'uid,pid,args')).split('\n').slice(1);
      const asRoot = users.filter(
        (line) => /^\s*0\s/.test(line) && !/docker-init|\/sbin\/init/.test(line),
      );
      assert.deepEqual(asRoot, [], `${tier}: ${asRoot.join(' | ')}`);
    }
  });

  it('says what it is made of, from the images that run', async () => {
    const file = path.join(stack.folder, 'bill.json');
    succeeded(await stack.npmRun('sbom', '--out', file));
    const bill = JSON.parse(await fs.readFile(file, 'utf8')) as Bill;
    assert.equal(bill.metadata.component.version, await stack.release());
    const purls = bill.components.flatMap(({ purl }) => purl ?? []);
    for (const part of ['npm/fastify@', 'npm/preact@', 'golang/github.com/caddyserver/caddy/v2@'])
      assert.ok(
        purls.some((purl) => purl.startsWith(`pkg:${part}`)),
        part,
      );
    assert.ok(purls.some((purl) => /^pkg:(deb|apk)\//.test(purl)));
    assert.ok(!purls.some((purl) => purl.startsWith('pkg:npm/typescript@')));
    const images = bill.components
      .filter(({ type }) => type === 'container')
      .map(({ name }) => name);
    for (const tier of ['db', 'backend', 'frontend', 'edge'])
      assert.ok(images.includes(`${stack.resource(tier).replace(`-${tier}`, '')}/${tier}`), tier);
  });

  it('plans nothing the second time, and after a refresh, and touches no container', async () => {
    const before = await everyContainer();
    await stack.plansNothing('up', '--yes', '--skip-preview');
    await stack.plansNothing('up', '--yes', '--skip-preview', '--refresh');
    assert.deepEqual(await everyContainer(), before);
  });

  it('plans nothing for the same files with the modes of another umask', async () => {
    succeeded(await command('chmod', ['-R', 'go+rX', path.join(stack.folder, 'app')]));
    await stack.plansNothing('preview');
  });

  it('is gone on with by its full name, which has the same passphrase file', async () => {
    const home = path.join(stack.folder, 'config-home');
    const folder = path.join(home, 'timetracker');
    await fs.mkdir(folder, { recursive: true });
    await fs.copyFile(settingsFile(), path.join(folder, 'host.json'));
    const passphrase = stack.environment.PULUMI_CONFIG_PASSPHRASE ?? '';
    await fs.writeFile(path.join(folder, `${stack.name}.passphrase`), passphrase);
    const shell = stack.with({ PULUMI_CONFIG_PASSPHRASE: undefined, XDG_CONFIG_HOME: home });
    const fullName = ['--stack', `organization/timetracker/${stack.name}`];

    const prod = await shell.npmRun('prod', '--yes', ...fullName);
    succeeded(prod);
    assert.match(prod.output, /Resources:\n +\d+ unchanged\n/);
    assert.ok(prod.output.includes(`Time tracker: http://localhost:${stack.port}`), prod.output);
    assert.deepEqual((await fs.readdir(home, { recursive: true })).sort(), [
      'timetracker',
      `timetracker/${stack.name}.passphrase`,
      'timetracker/host.json',
    ]);
    const releases = await shell.npmRun('releases', ...fullName);
    succeeded(releases);
    assert.ok(releases.output.includes(await stack.release()), releases.output);
    succeeded(await shell.npmRun('maintenance', 'off', ...fullName));
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
    const backend = await logsOf(await stack.containers('backend'));
    for (const { address } of hosts.list)
      assert.ok(backend.includes(`"remoteAddress":"${address}"`), address);
    assert.ok(!backend.includes('203.0.113.9'));
    const frontend = await logsOf(await stack.containers('frontend'));
    assert.ok(!frontend.includes('"client":"203.0.113.9"'));
  });

  it('scales by config', async () => {
    for (const replicas of [3, 2]) {
      await stack.configure({ backendReplicas: String(replicas) });
      await stack.mustUp();
      const isThere = async () => (await stack.containers('backend')).length === replicas;
      assert.ok(await retry(isThere, 30));
    }
  });

  it('says how it is, and what is not as it should be', async () => {
    const status = await stack.npmRun('status');
    assert.equal(status.code, 0, status.output);
    for (const line of [
      /^ok +backend +2 of 2 run, 2 healthy, memory \d+%$/m,
      new RegExp(`^ok +release +${await stack.release()}, since \\d{4}-`, 'm'),
      /^ok +database +[\d.]+ MB, \d+ of 100 connections, longest transaction 0 s$/m,
      /^ok +last backup +\d{4}-.* UTC, 0 hours old/m,
      /^ok +certificate +none: plain HTTP$/m,
      // A stack of minutes has no week's growth.
      /^ok +disk +[\d.]+ GB of [\d.]+ GB free, unknown when full$/m,
      /^ok +secrets +generation 1, 0 days old$/m,
      /^ok +by hand +nothing seen in image, network or port: npm run drift looks at everything$/m,
    ])
      assert.match(status.output, line);
    await docker('service', 'scale', '--detach', `${stack.resource('backup')}=0`);
    const red = await stack.npmRun('status', '--json');
    assert.equal(red.code, 1, red.output);
    assert.match(red.output, /^\{[\s\S]*\}\n$/);
    const { isWell, lines } = JSON.parse(red.output) as {
      isWell: boolean;
      lines: { what: string; isWell: boolean }[];
    };
    assert.equal(isWell, false);
    assert.ok(lines.some(({ what, isWell }) => what === 'backup' && !isWell));
    await stack.mustUp();
    const nowhere = await stack.with({ DOCKER_HOST: 'unix:///nowhere.sock' }).npmRun('status');
    assert.equal(nowhere.code, 2, nowhere.output);
  });

  it('is watched from inside where config says who is told, and measured where none else reaches', async () => {
    const format = '{{(index .IPAM.Config 0).Gateway}}';
    const host = await docker('network', 'inspect', '--format', format, 'docker_gwbridge');
    const told: { line: string; state: string }[] = [];
    let beats = 0;
    const receiver = http.createServer(async (request, response) => {
      let body = '';
      for await (const part of request) body += part;
      if (request.method === 'POST') told.push(JSON.parse(body) as (typeof told)[number]);
      else beats++;
      response.end();
    });
    await new Promise<void>((resolve) => receiver.listen(0, host, resolve));
    const address = `http://${host}:${(receiver.address() as AddressInfo).port}`;
    try {
      await stack.mustPulumi('config', 'set', '--secret', 'alertUrl', `${address}/not-to-be-seen`);
      await stack.mustPulumi('config', 'set', '--secret', 'heartbeatUrl', `${address}/not-either`);
      await stack.configure({ metrics: 'true' });
      const up = await stack.mustUp();
      await stack.plansNothing();
      assert.ok(await retry(async () => beats > 0, 90), 'no heartbeat');

      const seen = [
        up,
        await docker('inspect', await stack.container('watch')),
        await docker('service', 'inspect', stack.resource('watch')),
        await logsOf(await stack.containers('watch')),
        await readAll(path.join(stack.folder, '.state')),
      ].join('\n');
      assert.ok(!/not-to-be-seen|not-either/.test(seen), 'an address is told');
      assert.equal((await stack.npmRun('status')).code, 0);
      assert.equal((await stack.npmRun('drift')).output.match(/watch-(facts|memory)/), null);

      await docker('service', 'scale', '--detach', `${stack.resource('backend')}=0`);
      const isTold = async () => told.some((one) => one.line === 'backend' && one.state === 'red');
      assert.ok(await retry(isTold, 240), JSON.stringify(told));
      await stack.mustUp();

      assert.doesNotMatch((await stack.get('/metrics')).body, /^caddy_|http_requests_total/m);
      const backend = await stack.inTier(
        'backend',
        ...[
          'node',
          '-e',
          "fetch('http://127.0.0.1:9100/metrics').then((r) => r.text()).then(console.log)",
        ],
      );
      assert.match(backend, /^http_requests_total\{/m);
      const url = 'http://edge:9100/metrics';
      const script = `wget -T 3 -q -O - ${url} || curl -sS -m 3 ${url}`;
      assert.match(await stack.inTier('edge', 'sh', '-c', script), /^caddy_http_requests_total/m);
      // Neither sees the other by the networks that metrics are in.
      const reach =
        "fetch('http://edge:9100/metrics').then(() => console.log('reached'), () => console.log('no'))";
      assert.equal((await stack.inTier('backend', 'node', '-e', reach)).trim(), 'no');
    } finally {
      receiver.close();
      for (const key of ['alertUrl', 'heartbeatUrl', 'metrics'])
        await stack.mustPulumi('config', 'rm', key);
    }
    await stack.mustUp();
    assert.deepEqual(await stack.containers('watch'), []);
    await stack.plansNothing();
  });

  it('shows a maintenance page, and goes on answering /health', async () => {
    succeeded(await stack.npmRun('maintenance', 'on'));
    const page = await stack.get('/reports');
    assert.equal(page.status, 503);
    assert.match(String(page.headers['retry-after']), /^\d+$/);
    assert.match(page.body, /<h1>Back soon<\/h1>/);
    assert.equal(await stack.health(), 200);
    succeeded(await stack.npmRun('maintenance', 'off'));
    assert.equal((await stack.get('/')).status, 200);
    failed(await stack.npmRun('maintenance', 'maybe'), '"maybe" is neither on nor off');
  });

  it('is not taken down by a plain destroy, which takes nothing', async () => {
    const before = await everyContainer();
    failed(await stack.pulumi(['destroy', '--yes', '--skip-preview']), 'destroy-guard', /protect/);
    assert.deepEqual(await everyContainer(), before);
    await stack.plansNothing();
  });
});

/** What docker inspect says of a container, as far as it is looked at. */
interface Inspected {
  readonly Config: { readonly Healthcheck?: { readonly Test: string[] } };
  readonly HostConfig: {
    readonly Privileged: boolean;
    readonly ReadonlyRootfs: boolean;
    readonly CapDrop: string[];
    readonly CapAdd: string[] | null;
    readonly Memory: number;
    readonly LogConfig: { readonly Config: Readonly<Record<string, string>> };
    readonly PidMode: string;
    readonly UTSMode: string;
    readonly UsernsMode: string;
    readonly IpcMode: string;
  };
  readonly Mounts: readonly { Type: string; Source?: string; Destination: string }[];
}

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
