// The whole program under Pulumi mocks: what each stack declares.
import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import * as fs from 'node:fs';
import { before, describe, it } from 'node:test';
import * as pulumi from '@pulumi/pulumi';
import { certify } from '../certificate';
import { backendConnections } from '../connections';
import { startInterval } from '../workload/spec';

interface Declared {
  readonly type: string;
  readonly name: string;
  readonly props: Record<string, unknown>;
}

interface Stack {
  readonly resources: Declared[];
  readonly outputs: Record<string, unknown>;
}

/** Runs the program with every resource mocked, and says what it declared. */
async function declare(stack: string, config: Record<string, string>): Promise<Stack> {
  const resources: Declared[] = [];
  pulumi.runtime.setAllConfig(
    Object.fromEntries(
      Object.entries(config).map(([key, value]) => [
        key.includes(':') ? key : `timetracker:${key}`,
        value,
      ]),
    ),
  );
  // Not this host's base images, and no engine that is asked for its platform or its nodes.
  process.env.DOCKER_HOST = 'unix:///nonexistent';
  process.env.XDG_CONFIG_HOME = '/nonexistent';
  process.env.PULUMI_CONFIG_SECRET_KEYS =
    '["docker:registryAuth","timetracker:adminPassword","timetracker:tlsKey","timetracker:alertUrl","timetracker:heartbeatUrl",' +
    '"timetracker:databaseUrl","timetracker:backupKey","timetracker:backupAccessKey","timetracker:backupSecretKey"]';
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        resources.push({ type, name, props: revealed(inputs) as Record<string, unknown> });
        return { id: `${name}-id`, state: { ...inputs, ...computed(type, name, inputs) } };
      },
      call: ({ inputs }) => inputs,
    },
    'timetracker',
    stack,
    // A preview: an up would look at the ports of this host.
    true,
  );
  for (const file of Object.keys(require.cache))
    if (/infra.(?!test)/.test(file) && !file.includes('node_modules')) delete require.cache[file];
  const program = await pulumi.runtime.runInPulumiStack(async () => require('../index'));
  const outputs = await new Promise<Record<string, unknown>>((resolve) =>
    pulumi.output(program as pulumi.Input<Record<string, unknown>>).apply(resolve),
  );
  await pulumi.runtime.disconnect();
  return { resources, outputs };
}

/** What a secret holds: the wire form has a signature and the value. */
function revealed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(revealed);
  if (typeof value !== 'object' || value === null) return value;
  if ('4dabf18193072939515e22adb298388d' in value && 'value' in value) return revealed(value.value);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revealed(inner)]));
}

function computed(type: string, name: string, inputs: Record<string, unknown>) {
  switch (type) {
    case 'docker:index/image:Image':
      return { repoDigest: `sha256:${name}` };
    case 'docker:index/remoteImage:RemoteImage':
      return { imageId: `sha256:${name}`, repoDigest: '' };
    case 'docker:index/secret:Secret':
    case 'docker:index/serviceConfig:ServiceConfig':
      return { name: `${name}-1234567` };
    case 'random:index/randomPassword:RandomPassword':
      return { result: name.padEnd(Number(inputs.length), 'x') };
    case 'random:index/randomBytes:RandomBytes':
      return { base64: Buffer.alloc(Number(inputs.length), name).toString('base64') };
    default:
      return {};
  }
}

function only(stack: Stack, type: string): Declared[] {
  return stack.resources.filter((resource) => resource.type === type);
}

function named(stack: Stack, name: string): Declared {
  const found = stack.resources.find(
    (resource) => resource.name === name && resource.type.startsWith('docker:'),
  );
  assert.ok(found, `${name} is not declared`);
  return found;
}

/** Whether each network is one without a way out. */
function internal(stack: Stack): Record<string, unknown> {
  return Object.fromEntries(
    only(stack, 'docker:index/network:Network').map(({ name, props }) => [name, props.internal]),
  );
}

/** A value below a path of keys, or undefined. */
function at(value: unknown, ...path: (string | number)[]): unknown {
  return path.reduce<unknown>(
    (found, key) => (found as Record<string | number, unknown> | undefined)?.[key],
    value,
  );
}

describe('the dev stack', () => {
  let stack: Stack;
  before(async () => {
    stack = await declare('dev', { orchestrator: 'container', port: '8080' });
  });

  it('is three containers, three networks, one volume', () => {
    const names = (type: string) => only(stack, type).map(({ name }) => name);
    assert.deepEqual(names('docker:index/container:Container'), [
      'timetracker-dev-db',
      'timetracker-dev-backend',
      'timetracker-dev-frontend',
    ]);
    assert.deepEqual(names('docker:index/network:Network').sort(), [
      'timetracker-dev-application-network',
      'timetracker-dev-database-network',
      'timetracker-dev-entrance-network',
    ]);
    assert.deepEqual(names('docker:index/volume:Volume'), ['timetracker-dev-db-data']);
    assert.deepEqual(names('docker:index/service:Service'), []);
    assert.deepEqual(names('docker:index/secret:Secret'), []);
  });

  it('publishes one port, on loopback, at the frontend', () => {
    const published = only(stack, 'docker:index/container:Container').flatMap(({ name, props }) =>
      ((props.ports ?? []) as object[]).map((port) => ({ name, ...port })),
    );
    assert.deepEqual(published, [
      { name: 'timetracker-dev-frontend', internal: 8080, external: 8080, ip: '127.0.0.1' },
    ]);
  });

  it('checks health with the figures of the compose files and a start interval of a second', () => {
    const check = (name: string) => at(named(stack, name), 'props', 'healthcheck');
    assert.deepEqual(check('timetracker-dev-db'), {
      tests: ['CMD', 'database', 'health'],
      interval: '10s',
      timeout: '5s',
      retries: 5,
      startPeriod: '30s',
      startInterval: '1s',
    });
    assert.deepEqual(check('timetracker-dev-backend'), {
      tests: ['CMD', 'node', 'dist/healthcheck.js'],
      interval: '30s',
      timeout: '5s',
      retries: 3,
      startPeriod: '40s',
      startInterval: '1s',
    });
  });

  it('puts the frontend where it cannot reach the database', () => {
    const networks = (name: string) =>
      (at(named(stack, name), 'props', 'networksAdvanced') as { name: string }[]).map(
        ({ name }) => name,
      );
    assert.deepEqual(networks('timetracker-dev-db'), ['timetracker-dev-database-network']);
    assert.deepEqual(networks('timetracker-dev-frontend'), [
      'timetracker-dev-application-network',
      'timetracker-dev-entrance-network',
    ]);
    assert.deepEqual(networks('timetracker-dev-backend'), [
      'timetracker-dev-database-network',
      'timetracker-dev-application-network',
    ]);
  });

  it('has no way out but where the port is published', () => {
    assert.deepEqual(internal(stack), {
      'timetracker-dev-database-network': true,
      'timetracker-dev-application-network': true,
      'timetracker-dev-entrance-network': undefined,
    });
  });

  it('hands fixed credentials over in the environment', () => {
    const environment = at(named(stack, 'timetracker-dev-backend'), 'props', 'envs') as string[];
    assert.ok(environment.includes('DB_OWNER_PASSWORD=dev-only-owner-password'));
    assert.ok(
      (at(named(stack, 'timetracker-dev-db'), 'props', 'envs') as string[]).includes(
        'DB_OWNER_PASSWORD_INITIAL=dev-only-owner-password',
      ),
    );
    assert.ok(environment.includes('DATABASE_OWNER=timetracker_owner'));
  });

  it('locks its containers down', () => {
    for (const { props } of only(stack, 'docker:index/container:Container')) {
      assert.equal(at(props, 'logOpts', 'max-size'), '10m');
      assert.equal(props.readOnly, true);
      assert.deepEqual(at(props, 'capabilities', 'drops'), ['ALL']);
      assert.deepEqual(props.securityOpts, ['no-new-privileges:true']);
      assert.equal(props.memory, props.memorySwap);
    }
    assert.equal(at(named(stack, 'timetracker-dev-backend'), 'props', 'user'), '1000');
    assert.equal(at(named(stack, 'timetracker-dev-frontend'), 'props', 'user'), '101');
  });

  it('says its address and login, and nothing of secrets', () => {
    assert.equal(stack.outputs.url, 'http://127.0.0.1:8080');
    assert.deepEqual(stack.outputs.login, { username: 'admin', password: 'timetracker-dev' });
    assert.equal(stack.outputs.secrets, undefined);
  });
});

describe('the prod stack', () => {
  const config = {
    orchestrator: 'swarm',
    port: '80',
    adminPassword: 'correct horse battery',
    secretsGeneration: '3',
  };
  let stack: Stack;
  before(async () => {
    stack = await declare('prod', config);
  });

  it('is five services, which start in the order of their health', () => {
    assert.deepEqual(
      only(stack, 'docker:index/service:Service').map(({ name, props }) => [
        name,
        at(props, 'mode', 'replicated', 'replicas'),
        at(props, 'updateConfig', 'order'),
      ]),
      [
        ['timetracker-prod-db', 1, 'stop-first'],
        ['timetracker-prod-backend', 2, 'start-first'],
        ['timetracker-prod-frontend', 2, 'start-first'],
        ['timetracker-prod-edge', 1, 'stop-first'],
        ['timetracker-prod-backup', 1, 'stop-first'],
      ],
    );
    assert.deepEqual(only(stack, 'docker:index/container:Container'), []);
  });

  it('checks health as the images themselves do, which add the start interval', () => {
    for (const { name, props } of only(stack, 'docker:index/service:Service')) {
      const file = `app/${name.replace('timetracker-prod-', '')}/Dockerfile`;
      // The database runs the base image itself, or has its own folder.
      if (!fs.existsSync(file)) continue;
      const check = at(props, 'taskSpec', 'containerSpec', 'healthcheck');
      const [line = ''] = /^HEALTHCHECK .*/m.exec(fs.readFileSync(file, 'utf8')) ?? [];
      const flag = (flag: string) => new RegExp(`--${flag}=(\\S+)`).exec(line)?.[1];
      for (const [key, name] of [
        ['interval', 'interval'],
        ['timeout', 'timeout'],
        ['startPeriod', 'start-period'],
      ] as const)
        assert.equal(flag(name), at(check, key), `${file}: ${name}`);
      assert.equal(flag('retries'), String(at(check, 'retries')), file);
      assert.equal(flag('start-interval'), `${startInterval}s`, file);
    }
  });

  it('has no way out but where the port is published, by the edge alone', () => {
    assert.deepEqual(internal(stack), {
      'timetracker-prod-database-network': true,
      'timetracker-prod-application-network': true,
      'timetracker-prod-web-network': true,
      'timetracker-prod-entrance-network': undefined,
    });
    const inEntrance = only(stack, 'docker:index/service:Service')
      .filter(({ props }) =>
        JSON.stringify(at(props, 'taskSpec', 'networksAdvanceds')).includes('-entrance-network-id'),
      )
      .map(({ name }) => name);
    assert.deepEqual(inEntrance, ['timetracker-prod-edge']);
  });

  it('takes nothing into its networks that comes to the server from outside', () => {
    for (const { name, props } of only(stack, 'docker:index/network:Network'))
      assert.deepEqual(props.options, { encrypted: 'true' }, name);
  });

  it('publishes the edge in host mode and nothing else', () => {
    const ports = only(stack, 'docker:index/service:Service').flatMap(({ name, props }) =>
      ((at(props, 'endpointSpec', 'ports') ?? []) as object[]).map((port) => ({
        service: name,
        ...port,
      })),
    );
    assert.deepEqual(ports, [
      {
        service: 'timetracker-prod-edge',
        name: 'http',
        protocol: 'tcp',
        publishMode: 'host',
        publishedPort: 80,
        targetPort: 8080,
      },
    ]);
    for (const { props } of only(stack, 'docker:index/service:Service'))
      assert.equal(at(props, 'endpointSpec', 'mode'), 'dnsrr');
  });

  it('makes secrets of generations N and N-1, of the length and encoding that they had', () => {
    assert.deepEqual(
      only(stack, 'random:index/randomPassword:RandomPassword')
        .map(({ name }) => name.replace('timetracker-prod-', ''))
        .sort(),
      [
        'db-app-password-g2',
        'db-app-password-g3',
        'db-certificate-key',
        'db-initial-password',
        'db-owner-password-g2',
        'db-owner-password-g3',
        // Its value is for nothing: it stops a destroy.
        'destroy-guard',
        'jwt-secret-g2',
        'jwt-secret-g3',
        'session-secret-g2',
        'session-secret-g3',
      ],
    );
    const content = (name: string) =>
      Buffer.from(
        String(at(named(stack, `timetracker-prod-${name}`), 'props', 'data')),
        'base64',
      ).toString();
    assert.equal(Buffer.from(content('jwt-secret-g3'), 'base64').length, 64);
    assert.match(content('session-secret-g3'), /^[0-9a-f]{64}$/);
    assert.match(content('admin-password-hash'), /^\$2b\$12\$/);
    const certificate = new X509Certificate(content('db-certificate'));
    assert.equal(certificate.checkHost('db'), 'db');
    assert.ok(certificate.checkPrivateKey(createPrivateKey(content('db-certificate-key'))));
  });

  it("rotates nothing that the database reads: it would restart, and take its owner's first password again", async () => {
    const mounted = (stack: Stack) =>
      at(
        named(stack, 'timetracker-prod-db'),
        ...['props', 'taskSpec', 'containerSpec', 'secrets'],
      ) as Record<string, unknown>[];
    const next = await declare('prod', { ...config, secretsGeneration: '4' });
    assert.deepEqual(mounted(next), mounted(stack));
    assert.deepEqual(
      mounted(stack).map(({ fileName, fileMode, fileUid }) => [fileName, fileMode, fileUid]),
      [
        ['/run/secrets/db_owner_password_initial', 0o400, '0'],
        ['/run/secrets/db_certificate_key', 0o400, '0'],
        ['/run/secrets/db_certificate', 0o444, '0'],
      ],
    );
  });

  it('lets a stop reach what steps down from root: its init process needs KILL', () => {
    const specs = only(stack, 'docker:index/service:Service').map(({ name, props }) => ({
      name,
      container: at(props, 'taskSpec', 'containerSpec'),
    }));
    const asRoot = specs.filter(({ container }) => at(container, 'user') === undefined);
    assert.deepEqual(
      asRoot.map(({ name }) => name),
      ['timetracker-prod-db', 'timetracker-prod-backup'],
    );
    for (const { name, container } of asRoot)
      assert.ok((at(container, 'capAdds') as string[]).includes('CAP_KILL'), name);
  });

  it('gives the key of the database to the database alone', () => {
    const having = only(stack, 'docker:index/service:Service').filter(({ props }) =>
      JSON.stringify(props).includes('db_certificate_key'),
    );
    assert.deepEqual(
      having.map(({ name }) => name),
      ['timetracker-prod-db'],
    );
  });

  it('mounts them as files that only their reader may read', () => {
    const secrets = at(
      named(stack, 'timetracker-prod-backend'),
      'props',
      'taskSpec',
      'containerSpec',
      'secrets',
    ) as Record<string, unknown>[];
    assert.deepEqual(
      secrets.map(({ fileName }) => fileName).sort(),
      [
        'admin_password_hash',
        'db_app_password',
        'db_app_password_previous',
        'db_certificate',
        'db_owner_password',
        'db_owner_password_initial',
        'db_owner_password_previous',
        'jwt_secret',
        'jwt_secret_previous',
        'session_secret',
        'session_secret_previous',
      ].map((name) => `/run/secrets/${name}`),
    );
    for (const { fileName, fileMode, fileUid } of secrets)
      assert.deepEqual(
        [fileMode, fileUid],
        [fileName === '/run/secrets/db_certificate' ? 0o444 : 0o400, '1000'],
      );
    assert.deepEqual(
      at(
        named(stack, 'timetracker-prod-frontend'),
        'props',
        'taskSpec',
        'containerSpec',
        'secrets',
      ),
      [],
    );
  });

  it('keeps every secret value out of what docker inspect shows', () => {
    const values = only(stack, 'docker:index/secret:Secret').flatMap(({ props }) => {
      const data = String(props.data);
      return [data, Buffer.from(data, 'base64').toString()];
    });
    assert.ok(values.length > 0);
    const services = JSON.stringify(only(stack, 'docker:index/service:Service'));
    for (const value of [...values, config.adminPassword]) assert.ok(!services.includes(value));
  });

  it("backs up with the owner's password of this generation, and no other secret", () => {
    const backup = at(named(stack, 'timetracker-prod-backup'), 'props', 'taskSpec');
    const secrets = at(backup, 'containerSpec', 'secrets') as Record<string, unknown>[];
    assert.deepEqual(
      secrets.map(({ fileName, secretName, fileMode }) => [fileName, secretName, fileMode]),
      [
        ['/run/secrets/db_owner_password', 'timetracker-prod-db-owner-password-g3-1234567', 0o400],
        ['/run/secrets/db_certificate', 'timetracker-prod-db-certificate-1234567', 0o444],
      ],
    );
    assert.equal(at(backup, 'containerSpec', 'env', 'PGUSER'), 'timetracker_owner');
    assert.equal(at(backup, 'containerSpec', 'env', 'PGSSLMODE'), 'verify-full');
    assert.equal(at(backup, 'containerSpec', 'env', 'KEEP'), '14');
    assert.deepEqual(at(backup, 'networksAdvanceds'), [
      { id: 'timetracker-prod-database-network-id', aliases: ['backup'] },
    ]);
  });

  it('records the release when its services have converged', () => {
    const release = String(stack.outputs.release);
    assert.match(release, /^[0-9a-f]{8}-[0-9a-f]{8}$/);
    const record = named(stack, 'timetracker-prod-release');
    assert.deepEqual(JSON.parse(Buffer.from(String(record.props.data), 'base64').toString()), {
      release,
    });
  });

  it('takes a pinned release from the images on the server', async () => {
    const pinned = await declare('prod', { ...config, release: '0123abcd-4567ef01' });
    assert.equal(pinned.outputs.release, '0123abcd-4567ef01');
    assert.equal(pinned.outputs.pinned, true);
    assert.deepEqual(
      only(pinned, 'docker:index/remoteImage:RemoteImage')
        .map(({ props }) => props.name)
        .sort(),
      [
        'caddy:2.11-alpine',
        'postgres:17-alpine',
        'timetracker-prod/backend:0123abcd',
        'timetracker-prod/frontend:4567ef01',
      ],
    );
    assert.deepEqual(
      only(pinned, 'docker:index/image:Image').map(({ name }) => name),
      ['timetracker-prod-db-image', 'timetracker-prod-edge-image', 'timetracker-prod-backup-image'],
    );
    const environment = at(
      named(pinned, 'timetracker-prod-backend'),
      ...['props', 'taskSpec', 'containerSpec', 'env'],
    );
    assert.equal(
      at(environment, 'PGSSLMODE'),
      'verify-full',
      'also of a release that knows no TLS',
    );
  });

  it('runs the database on the volume that an upgrade has filled, and no plan removes the first', async () => {
    const moved = await declare('prod', { ...config, databaseVolume: 'data-18' });
    const source = (of: Stack) =>
      at(
        named(of, 'timetracker-prod-db'),
        ...['props', 'taskSpec', 'containerSpec', 'mounts', 0, 'source'],
      );
    assert.equal(source(stack), 'timetracker-prod-db-data');
    assert.equal(source(moved), 'timetracker-prod-db-data-18');
    const volumes = (of: Stack) => only(of, 'docker:index/volume:Volume').map(({ name }) => name);
    assert.deepEqual(volumes(moved), volumes(stack));
  });

  it('has no generation before the first', async () => {
    const first = await declare('prod', { ...config, secretsGeneration: '1' });
    const names = only(first, 'docker:index/secret:Secret').map(({ name }) => name);
    assert.ok(names.includes('timetracker-prod-jwt-secret-g1'));
    assert.ok(!names.some((name) => name.endsWith('-g0')));
  });
});

describe('a prod stack that is watched', () => {
  const config = {
    orchestrator: 'swarm',
    port: '80',
    adminPassword: 'correct horse battery',
    frontendReplicas: '3',
    domain: 'hours.example.org',
  };
  const addresses = {
    alertUrl: 'https://ntfy.example.org/a-topic-that-nobody-guesses',
    heartbeatUrl: 'https://hc-ping.com/3a4b5c6d-0000-4000-8000-000000000001',
  };
  const watch = 'timetracker-prod-watch';
  let bare: Stack;
  let stack: Stack;
  before(async () => {
    bare = await declare('prod', config);
    stack = await declare('prod', { ...config, ...addresses, alertFormat: 'ntfy' });
  });
  const spec = (stack: Stack, name: string) => at(named(stack, name), 'props', 'taskSpec');
  const without = (stack: Stack, ...names: string[]) =>
    stack.resources.filter(({ name }) => !names.includes(name));

  it('has a watcher, a network for its way out, and two secrets more, and is else as before', () => {
    const more = [
      watch,
      `${watch}-image`,
      'timetracker-prod-outside-network',
      'timetracker-prod-alert-url',
      'timetracker-prod-heartbeat-url',
    ];
    assert.deepEqual(
      // A component and its service have one name.
      [...new Set(stack.resources.map(({ name }) => name))]
        .filter((name) => !bare.resources.some((one) => one.name === name))
        .sort(),
      [...more].sort(),
    );
    const backup = 'timetracker-prod-backup';
    assert.deepEqual(without(stack, ...more, backup).length, without(bare, backup).length);
    for (const { name, type, props } of without(stack, ...more, backup)) {
      const before = bare.resources.find((one) => one.name === name && one.type === type);
      assert.deepEqual(props, before?.props, name);
    }
    assert.deepEqual(at(spec(stack, backup), 'containerSpec', 'mounts'), [
      ...(at(spec(bare, backup), 'containerSpec', 'mounts') as object[]).slice(0, 1),
      { type: 'volume', source: `${watch}-facts`, target: '/facts' },
      { type: 'tmpfs', target: '/tmp' },
    ]);
  });

  it('sees the edge and the frontend, and reaches neither backend nor database', () => {
    assert.deepEqual(at(spec(stack, watch), 'networksAdvanceds'), [
      { id: 'timetracker-prod-web-network-id', aliases: ['watch'] },
      { id: 'timetracker-prod-outside-network-id', aliases: ['watch'] },
    ]);
    assert.equal(internal(stack)['timetracker-prod-outside-network'], undefined);
    assert.equal(internal(stack)['timetracker-prod-web-network'], true);
    assert.deepEqual(at(named(stack, watch), 'props', 'endpointSpec', 'ports'), undefined);
  });

  it('is handed the addresses as files that it alone reads, and they are nowhere else', () => {
    const secrets = at(spec(stack, watch), 'containerSpec', 'secrets') as Record<string, unknown>[];
    assert.deepEqual(
      secrets.map(({ fileName, fileMode, fileUid }) => [fileName, fileMode, fileUid]),
      [
        ['/run/secrets/alert_url', 0o400, '1000'],
        ['/run/secrets/heartbeat_url', 0o400, '1000'],
      ],
    );
    const elsewhere = JSON.stringify([
      stack.outputs,
      stack.resources.filter(({ type }) => type !== 'docker:index/secret:Secret'),
    ]);
    for (const address of Object.values(addresses)) assert.ok(!elsewhere.includes(address));
    const { data } = named(stack, 'timetracker-prod-alert-url').props;
    assert.equal(Buffer.from(String(data), 'base64').toString(), addresses.alertUrl);
  });

  it('is told what to look at, keeps its memory on a volume, and reads the facts alone', () => {
    assert.deepEqual(at(spec(stack, watch), 'containerSpec', 'mounts'), [
      { type: 'volume', source: `${watch}-facts`, target: '/facts', readOnly: true },
      { type: 'volume', source: `${watch}-memory`, target: '/var/lib/watch' },
      { type: 'tmpfs', target: '/tmp' },
    ]);
    const { RELEASE, ...environment } = at(spec(stack, watch), 'containerSpec', 'env') as Record<
      string,
      string
    >;
    assert.match(RELEASE ?? '', /^[0-9a-f]{8}$/);
    assert.deepEqual(environment, {
      STACK: 'timetracker-prod',
      EDGE_HOST: 'edge',
      EDGE_PORT: '8080',
      EDGE_HTTPS_PORT: '8443',
      FRONTEND_HOST: 'frontend',
      FRONTEND_PORT: '8080',
      FRONTENDS: '3',
      DOMAINS: 'hours.example.org',
      ALERT_FORMAT: 'ntfy',
    });
  });

  it('collects metrics on Swarm if it is asked to, of each tier in an inner network of its own', async () => {
    const measured = await declare('prod', { ...config, metrics: 'true' });
    const more = [
      'timetracker-prod-backend-metrics-network',
      'timetracker-prod-edge-metrics-network',
    ];
    assert.deepEqual(
      measured.resources
        .map(({ name }) => name)
        .filter((name) => !bare.resources.some((one) => one.name === name))
        .sort(),
      more,
    );
    for (const network of more) assert.equal(internal(measured)[network], true);
    for (const tier of ['backend', 'edge']) {
      const name = `timetracker-prod-${tier}`;
      const networks = (stack: Stack) => at(spec(stack, name), 'networksAdvanceds') as object[];
      assert.deepEqual(networks(measured), [
        ...networks(bare),
        { id: `${name}-metrics-network-id`, aliases: [tier] },
      ]);
      assert.equal(at(spec(measured, name), 'containerSpec', 'env', 'METRICS_PORT'), '9100');
      assert.equal(at(spec(bare, name), 'containerSpec', 'env', 'METRICS_PORT'), undefined);
      assert.deepEqual(
        at(named(measured, name), 'props', 'endpointSpec'),
        at(named(bare, name), 'props', 'endpointSpec'),
      );
    }
  });
});

describe('a prod stack whose database another server follows', () => {
  const config = {
    orchestrator: 'swarm',
    port: '80',
    adminPassword: 'correct horse battery staple',
    registry: 'r.example.com/team',
  };
  const standby = 'timetracker-prod-standby';
  let bare: Stack;
  let stack: Stack;
  before(async () => {
    bare = await declare('prod', config);
    stack = await declare('prod', {
      ...config,
      ...{ databaseReplicas: '1', databaseSynchronous: 'true', backendReplicas: '6' },
    });
  });
  const container = (name: string) => at(named(stack, name), 'props', 'taskSpec', 'containerSpec');

  it('has one tier and its password more', () =>
    assert.deepEqual(
      [...new Set(stack.resources.map(({ name }) => name))]
        .filter((name) => !bare.resources.some((one) => one.name === name))
        .sort(),
      [standby, 'timetracker-prod-db-standby-password', 'timetracker-prod-db-standby-seed'].sort(),
    ));

  it("runs the database's image on the volume of that name, where the label says", () => {
    assert.equal(at(container(standby), 'image'), at(container('timetracker-prod-db'), 'image'));
    assert.deepEqual(at(container(standby), 'mounts'), [
      { type: 'volume', source: 'timetracker-prod-db-data', target: '/var/lib/postgresql/data' },
      { type: 'tmpfs', target: '/tmp' },
      { type: 'tmpfs', target: '/run/postgresql' },
    ]);
    const { props } = named(stack, standby);
    assert.deepEqual(at(props, 'taskSpec', 'placement', 'constraints'), [
      'node.labels.timetracker-prod.standby==true',
    ]);
    assert.deepEqual(at(props, 'taskSpec', 'networksAdvanceds'), [
      { id: 'timetracker-prod-database-network-id', aliases: ['standby'] },
    ]);
    assert.equal(at(props, 'endpointSpec', 'ports'), undefined);
  });

  it('takes what it follows the database with, as files, and no more', () => {
    const files = (at(container(standby), 'secrets') as Record<string, unknown>[]).map(
      ({ fileName }) => fileName,
    );
    assert.deepEqual(files, ['/run/secrets/db_standby_password', '/run/secrets/db_certificate']);
    const { RELEASE, ...environment } = at(container(standby), 'env') as Record<string, string>;
    assert.match(RELEASE ?? '', /^[0-9a-f]{8}$/);
    assert.deepEqual(environment, {
      ROLE: 'standby',
      PGHOST: 'db',
      PGPORT: '5432',
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: '/run/secrets/db_certificate',
      POSTGRES_DB: 'timetracker',
      POSTGRES_USER: 'timetracker',
      // As many as the database, or it would stop to follow.
      MAX_CONNECTIONS: '200',
    });
    assert.deepEqual(
      ['MAX_CONNECTIONS', 'WAL_PERCENT', 'SYNCHRONOUS'].map((name) =>
        at(container('timetracker-prod-db'), 'env', name),
      ),
      ['200', '10', 'true'],
    );
  });
});

describe('a prod stack with a copy off the server', () => {
  const config = {
    orchestrator: 'swarm',
    port: '80',
    adminPassword: 'correct horse battery staple',
    backupsKept: '30',
  };
  const secret = {
    backupKey: 'not-to-be-seen-key-of-the-copy',
    backupAccessKey: 'not-to-be-seen-access',
    backupSecretKey: 'not-to-be-seen-secret',
  };
  const backupTarget = 's3:https://s3.example.org/hours/copy/';
  const offsite = 'timetracker-prod-offsite';
  let bare: Stack;
  let stack: Stack;
  before(async () => {
    bare = await declare('prod', config);
    stack = await declare('prod', { ...config, ...secret, backupTarget });
  });
  const spec = (stack: Stack, name: string) => at(named(stack, name), 'props', 'taskSpec');
  const mounts = (stack: Stack, name: string) => at(spec(stack, name), 'containerSpec', 'mounts');
  const more = [
    offsite,
    `${offsite}-image`,
    'timetracker-prod-target-network',
    'timetracker-prod-db-offsite-seed',
    'timetracker-prod-db-offsite-password',
    'timetracker-prod-backup-key',
    'timetracker-prod-backup-access-key',
    'timetracker-prod-backup-secret-key',
  ];

  it('has one tier, one way out and its secrets more; database and backup know of it, the others are as before', () => {
    assert.deepEqual(
      [...new Set(stack.resources.map(({ name }) => name))]
        .filter((name) => !bare.resources.some((one) => one.name === name))
        .sort(),
      [...more].sort(),
    );
    const changed = ['timetracker-prod-db', 'timetracker-prod-backup'];
    for (const { name, type, props } of stack.resources) {
      if (more.includes(name) || changed.includes(name)) continue;
      const before = bare.resources.find((one) => one.name === name && one.type === type);
      assert.deepEqual(props, before?.props, name);
    }
    assert.deepEqual(mounts(stack, 'timetracker-prod-backup'), [
      ...(mounts(bare, 'timetracker-prod-backup') as object[]).slice(0, 1),
      { type: 'volume', source: `${offsite}-work`, target: '/offsite', readOnly: true },
      { type: 'tmpfs', target: '/tmp' },
    ]);
    assert.equal(
      at(spec(stack, 'timetracker-prod-db'), 'containerSpec', 'env', 'WAL_PERCENT'),
      '10',
    );
  });

  it('reaches the database and the outside, and nobody reaches it', () => {
    assert.deepEqual(at(spec(stack, offsite), 'networksAdvanceds'), [
      { id: 'timetracker-prod-database-network-id', aliases: ['offsite'] },
      { id: 'timetracker-prod-target-network-id', aliases: ['offsite'] },
    ]);
    assert.equal(internal(stack)['timetracker-prod-target-network'], undefined);
    assert.equal(internal(stack)['timetracker-prod-database-network'], true);
    assert.equal(at(named(stack, offsite), 'props', 'endpointSpec', 'ports'), undefined);
  });

  it('alone is handed what lets in at the target, as files; it is nowhere else', () => {
    const files = (name: string) =>
      (at(spec(stack, name), 'containerSpec', 'secrets') as Record<string, unknown>[]).map(
        ({ fileName, fileMode, fileUid }) => [fileName, fileMode, fileUid],
      );
    assert.deepEqual(files(offsite), [
      ['/run/secrets/db_offsite_password', 0o400, '0'],
      ['/run/secrets/db_certificate', 0o444, '0'],
      ['/run/secrets/backup_key', 0o400, '0'],
      ['/run/secrets/backup_access_key', 0o400, '0'],
      ['/run/secrets/backup_secret_key', 0o400, '0'],
    ]);
    for (const tier of ['db', 'backend', 'frontend', 'edge', 'backup'])
      assert.ok(!/backup_|target/.test(JSON.stringify(files(`timetracker-prod-${tier}`))), tier);
    const elsewhere = JSON.stringify([
      stack.outputs,
      stack.resources.filter(({ type }) => type !== 'docker:index/secret:Secret'),
    ]);
    assert.ok(!elsewhere.includes('not-to-be-seen'));
    const { data } = named(stack, 'timetracker-prod-backup-key').props;
    assert.equal(Buffer.from(String(data), 'base64').toString(), secret.backupKey);
  });

  it('is told where the copy goes, and how long it is kept', () => {
    const { RELEASE, ...environment } = at(spec(stack, offsite), 'containerSpec', 'env') as Record<
      string,
      string
    >;
    assert.match(RELEASE ?? '', /^[0-9a-f]{8}$/);
    assert.deepEqual(environment, {
      PGHOST: 'db',
      PGPORT: '5432',
      PGUSER: 'timetracker_offsite',
      PGDATABASE: 'timetracker',
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: '/run/secrets/db_certificate',
      SUPERUSER: 'timetracker',
      KEEP: '30',
      WAL_PERCENT: '10',
      TARGET: 's3:https://s3.example.org/hours/copy',
    });
  });

  it('has no way out where the target is a folder of the server', async () => {
    const { backupKey } = secret;
    const local = await declare('prod', {
      ...config,
      backupKey,
      backupTarget: '/mnt/other/hours/',
    });
    assert.equal('timetracker-prod-target-network' in internal(local), false);
    assert.deepEqual(mounts(local, offsite), [
      { type: 'volume', source: `${offsite}-work`, target: '/offsite' },
      { type: 'bind', source: '/mnt/other/hours', target: '/target' },
      { type: 'tmpfs', target: '/tmp' },
    ]);
  });

  it('tells the watcher where to look', async () => {
    const heartbeatUrl = 'https://hc-ping.com/3a4b5c6d-0000-4000-8000-000000000001';
    const watched = await declare('prod', { ...config, ...secret, backupTarget, heartbeatUrl });
    const facts = { type: 'volume', source: 'timetracker-prod-watch-facts', target: '/facts' };
    assert.deepEqual((mounts(watched, offsite) as object[])[1], facts);
    const environment = at(spec(watched, 'timetracker-prod-watch'), 'containerSpec', 'env');
    assert.equal(at(environment, 'COPY'), '/facts/offsite');
  });
});

describe('a prod stack with a registry', () => {
  const place = { orchestrator: 'swarm', port: '80', adminPassword: 'correct horse battery' };
  let stack: Stack;
  before(async () => {
    const registry = { registry: 'registry.example.com/team', edgeReplicas: '2' };
    stack = await declare('prod', { ...place, ...registry });
  });

  it('pushes what it builds, under the name that every node finds it by', () => {
    const images = only(stack, 'docker:index/image:Image');
    assert.equal(images.length, 5);
    for (const { props } of images) {
      assert.match(
        String(props.imageName),
        /^registry\.example\.com\/team\/timetracker-prod\/\w+:[0-9a-f]{8}$/,
      );
      assert.equal(props.skipPush, false);
      assert.deepEqual(props.registry, { server: 'registry.example.com' });
    }
  });

  it('keeps data and port where labels say, and lets the rest go anywhere', () => {
    const placements = only(stack, 'docker:index/service:Service').map(({ name, props }) => [
      name.replace('timetracker-prod-', ''),
      at(props, 'taskSpec', 'placement', 'constraints'),
      at(props, 'mode', 'replicated', 'replicas'),
    ]);
    const data = ['node.labels.timetracker-prod.data==true'];
    assert.deepEqual(placements, [
      ['db', data, 1],
      ['backend', undefined, 2],
      ['frontend', undefined, 2],
      ['edge', ['node.labels.timetracker-prod.edge==true'], 2],
      ['backup', data, 1],
    ]);
  });

  it('gives no task to a node of another kind than its images are for', () => {
    for (const { props } of only(stack, 'docker:index/service:Service'))
      assert.match(
        JSON.stringify(at(props, 'taskSpec', 'placement', 'platforms')),
        /^\[\{"architecture":"(amd|arm)64","os":"linux"\}\]$/,
      );
  });

  it('reserves half of the memory that a task may take, and a tenth of a CPU; one server alone reserves nothing', async () => {
    const resources = ({ props }: { props: Record<string, unknown> }) =>
      at(props, 'taskSpec', 'resources') as Record<'limits' | 'reservation', object | undefined>;
    for (const service of only(stack, 'docker:index/service:Service')) {
      const { limits, reservation } = resources(service);
      const half = Number(at(limits, 'memoryBytes')) / 2;
      assert.deepEqual(reservation, { memoryBytes: half, nanoCpus: 100_000_000 });
    }
    const alone = await declare('prod', { ...place });
    for (const service of only(alone, 'docker:index/service:Service'))
      assert.equal(resources(service).reservation, undefined);
  });
});

describe('a prod stack with a registry of its own', () => {
  const place = { orchestrator: 'swarm', port: '80', adminPassword: 'correct horse battery' };
  const password = 'not-to-be-seen-by-anybody';
  const login = { address: '127.0.0.1:5000', username: 'deploy', password };
  let stack: Stack;
  before(async () => {
    const auth = { 'docker:registryAuth': JSON.stringify([login]) };
    stack = await declare('prod', { ...place, registry: 'own', ...auth });
  });
  const service = (tier: string) => named(stack, `timetracker-prod-${tier}`).props;

  it('runs it beside the data, and a gate on every node, before anything is built', () => {
    assert.deepEqual(
      only(stack, 'docker:index/service:Service').map(({ name }) =>
        name.replace('timetracker-prod-', ''),
      ),
      ['gate', 'registry', 'db', 'backend', 'frontend', 'edge', 'backup'],
    );
    assert.deepEqual(at(service('registry'), 'taskSpec', 'placement', 'constraints'), [
      'node.labels.timetracker-prod.data==true',
    ]);
    assert.deepEqual(service('gate').mode, { global: true });
    assert.equal(at(service('gate'), 'taskSpec', 'placement', 'constraints'), undefined);
    const index = (name: string) => stack.resources.findIndex((one) => one.name === name);
    assert.ok(index('timetracker-prod-gate') < index('timetracker-prod-db-image'));
  });

  it('pushes there, with the password, which nothing else shows', () => {
    for (const { props } of only(stack, 'docker:index/image:Image')) {
      assert.match(
        String(props.imageName),
        /^127\.0\.0\.1:5000\/timetracker-prod\/\w+:[0-9a-f]{8}$/,
      );
      assert.deepEqual(props.registry, {
        ...{ server: '127.0.0.1:5000', username: 'deploy', password },
      });
    }
    for (const { type, props } of stack.resources)
      if (!type.endsWith(':Image')) assert.ok(!JSON.stringify(props).includes(password));
    const users = named(stack, 'timetracker-prod-registry-users').props;
    assert.match(
      Buffer.from(String(users.data), 'base64').toString(),
      /^deploy:\$2b\$08\$.{53}\n$/,
    );
  });

  it('publishes the gate alone, which is in no network with the application', () => {
    assert.equal(at(service('registry'), 'endpointSpec', 'ports'), undefined);
    assert.deepEqual(at(service('gate'), 'endpointSpec', 'ports'), [
      {
        ...{ name: 'registry', protocol: 'tcp', publishMode: 'host' },
        ...{ publishedPort: 5000, targetPort: 5000 },
      },
    ]);
    const networks = (tier: string) =>
      (at(service(tier), 'taskSpec', 'networksAdvanceds') as { id: string }[]).map(({ id }) =>
        id.replace(/timetracker-prod-(.*)-id/, '$1'),
      );
    assert.deepEqual(networks('registry'), ['images-network']);
    assert.deepEqual(networks('gate'), ['images-network', 'engines-network']);
    assert.equal(internal(stack)['timetracker-prod-images-network'], true);
  });
});

describe('a prod stack with an external database', () => {
  const place = { orchestrator: 'swarm', port: '80', adminPassword: 'correct horse battery' };
  const external = {
    database: 'external',
    databaseUrl: 'postgres://tenant:not-to-be-seen@pg.example.com:6432/hours',
  };
  let stack: Stack;
  before(async () => {
    stack = await declare('prod', { ...place, ...external });
  });

  it('has no database of its own, and no network for one', () => {
    assert.deepEqual(
      only(stack, 'docker:index/service:Service').map(({ name }) => name),
      ['backend', 'frontend', 'edge', 'backup'].map((tier) => `timetracker-prod-${tier}`),
    );
    assert.deepEqual(
      only(stack, 'docker:index/volume:Volume').map(({ name }) => name),
      ['edge-state', 'edge-certificates', 'backup-files'].map((what) => `timetracker-prod-${what}`),
    );
    assert.deepEqual(internal(stack), {
      'timetracker-prod-application-network': true,
      'timetracker-prod-web-network': true,
      'timetracker-prod-entrance-network': undefined,
      'timetracker-prod-backend-database-network': undefined,
      'timetracker-prod-backup-database-network': undefined,
    });
    for (const tier of ['backend', 'backup'])
      assert.ok(
        JSON.stringify(named(stack, `timetracker-prod-${tier}`).props).includes(
          `timetracker-prod-${tier}-database-network-id`,
        ),
      );
  });

  it('tells backend and backups where it is, and its password only as a secret', () => {
    const environment = (tier: string) =>
      at(named(stack, `timetracker-prod-${tier}`).props, 'taskSpec', 'containerSpec', 'env');
    const { DATABASE_HOST, DATABASE_PORT, DATABASE_NAME, DATABASE_OWNER, DATABASE_EXTERNAL } =
      environment('backend') as Record<string, string>;
    assert.deepEqual(
      [DATABASE_HOST, DATABASE_PORT, DATABASE_NAME, DATABASE_OWNER, DATABASE_EXTERNAL],
      ['pg.example.com', '6432', 'hours', 'tenant', 'true'],
    );
    const { PGHOST, PGPORT, PGDATABASE, PGUSER, PGSSLROOTCERT } = environment('backup') as Record<
      string,
      string
    >;
    assert.deepEqual(
      [PGHOST, PGPORT, PGDATABASE, PGUSER, PGSSLROOTCERT],
      ['pg.example.com', '6432', 'hours', 'tenant', 'system'],
    );
    const password = Buffer.from('not-to-be-seen').toString('base64');
    assert.deepEqual(
      only(stack, 'docker:index/secret:Secret').flatMap(({ name, props }) =>
        props.data === password ? [name] : [],
      ),
      ['timetracker-prod-db-owner-password'],
    );
    for (const { type, props } of stack.resources)
      if (!type.includes('secret')) assert.ok(!JSON.stringify(props).includes('not-to-be-seen'));
    const secrets = only(stack, 'docker:index/secret:Secret').map(({ name }) => name);
    assert.ok(!secrets.some((name) => /db-(certificate|initial)/.test(name)), secrets.join());
  });

  it('takes a root of its own along', async () => {
    const { certificate } = certify(new Uint8Array(32).fill(1), 'pg.example.com');
    const rooted = await declare('prod', {
      ...place,
      ...external,
      databaseRootCertificate: certificate,
    });
    const backup = named(rooted, 'timetracker-prod-backup').props;
    assert.equal(
      at(backup, 'taskSpec', 'containerSpec', 'env', 'PGSSLROOTCERT'),
      '/run/secrets/db_certificate',
    );
  });
});

describe('the connections of the database', () => {
  const place = { orchestrator: 'swarm', port: '80', adminPassword: 'correct horse battery' };
  const declared = async (backendReplicas: string) => {
    const { props } = named(
      await declare('prod', { ...place, backendReplicas }),
      'timetracker-prod-db',
    );
    const environment = at(props, 'taskSpec', 'containerSpec', 'env') as Record<string, string>;
    const memory = Number(at(props, 'taskSpec', 'resources', 'limits', 'memoryBytes')) / 2 ** 20;
    return [environment.MAX_CONNECTIONS, memory];
  };

  it('are as many as the backends may open, with memory for those', async () => {
    assert.deepEqual(await declared('2'), [undefined, 1024]);
    assert.deepEqual(await declared('5'), [undefined, 1024]);
    assert.deepEqual(await declared('6'), ['200', 1524]);
    assert.deepEqual(await declared('20'), ['400', 2524]);
  });

  it('are counted as the backend opens them', () => {
    const source = fs.readFileSync('app/backend/src/database/database.ts', 'utf8');
    const pools = [...source.matchAll(/^const (?:SHORT|LONG|STREAM) = \{ max: (\d+)/gm)];
    assert.equal(pools.length, 3);
    assert.equal(
      pools.reduce((sum, [, max]) => sum + Number(max), 0),
      backendConnections,
    );
  });
});

describe('a prod stack whose database takes few connections', () => {
  const place = { orchestrator: 'swarm', port: '80', adminPassword: 'correct horse battery' };
  const few = { databaseConnections: '29' };
  let bare: Stack;
  let stack: Stack;
  before(async () => {
    bare = await declare('prod', place);
    stack = await declare('prod', { ...place, ...few });
  });
  const pool = 'timetracker-prod-pool';
  const spec = (of: Stack, name: string) => at(named(of, name).props, 'taskSpec');
  const environment = (of: Stack, name: string) =>
    at(spec(of, name), 'containerSpec', 'env') as Record<string, string>;
  const files = (of: Stack, name: string) =>
    (at(spec(of, name), 'containerSpec', 'secrets') as Record<string, unknown>[]).map(
      ({ fileName, fileMode, fileUid }) => [fileName, fileMode, fileUid],
    );

  it('has a pool and what that needs more; the backend alone is another one', () => {
    const more = [
      ...[pool, `${pool}-image`],
      ...[`${pool}-certificate`, `${pool}-certificate-key`],
    ];
    assert.deepEqual(
      [...new Set(stack.resources.map(({ name }) => name))]
        .filter((name) => !bare.resources.some((one) => one.name === name))
        .sort(),
      more.sort(),
    );
    for (const { name, type, props } of stack.resources) {
      if (more.includes(name) || name === 'timetracker-prod-backend') continue;
      const before = bare.resources.find((one) => one.name === name && one.type === type);
      assert.deepEqual(props, before?.props, name);
    }
  });

  it('leads backends there, and it to the database; nobody else meets it', () => {
    const { POOL_HOST, POOL_PORT, DATABASE_HOST } = environment(stack, 'timetracker-prod-backend');
    assert.deepEqual([POOL_HOST, POOL_PORT, DATABASE_HOST], ['pool', '5432', 'db']);
    const { RELEASE, ...told } = environment(stack, pool);
    assert.match(RELEASE ?? '', /^[0-9a-f]{8}$/);
    assert.deepEqual(told, {
      ...{ DATABASE_HOST: 'db', DATABASE_PORT: '5432', DATABASE_NAME: 'timetracker' },
      ...{ MOVES: 'true', GENERATION: '1', SHORT: '2', LONG: '1', STREAM: '1' },
    });
    assert.deepEqual(at(spec(stack, pool), 'networksAdvanceds'), [
      { id: 'timetracker-prod-database-network-id', aliases: ['pool'] },
    ]);
    // Another one would make the service anew, and be seconds without it.
    const networksOf = (of: Stack) => at(spec(of, 'timetracker-prod-backend'), 'networksAdvanceds');
    assert.deepEqual(networksOf(stack), networksOf(bare));
  });

  it('hands it its key and the passwords of two generations, which others have not or need', async () => {
    const rotated = await declare('prod', { ...place, ...few, secretsGeneration: '2' });
    assert.deepEqual(files(rotated, pool), [
      ['/run/secrets/db_app_password', 0o400, '1000'],
      ['/run/secrets/db_app_password_previous', 0o400, '1000'],
      ['/run/secrets/pool_certificate_key', 0o400, '1000'],
      ['/run/secrets/pool_certificate', 0o444, '1000'],
      ['/run/secrets/db_certificate', 0o444, '1000'],
    ]);
    for (const tier of ['db', 'backend', 'frontend', 'edge', 'backup'])
      assert.ok(
        !JSON.stringify(files(rotated, `timetracker-prod-${tier}`)).includes(
          'pool_certificate_key',
        ),
        tier,
      );
  });

  it('reaches one that somebody else runs by a way of its own', async () => {
    const elsewhere = await declare('prod', {
      ...{ ...place, ...few, database: 'external' },
      databaseUrl: 'postgres://owner:not-to-be-seen@db.example.com/hours',
    });
    assert.deepEqual(at(spec(elsewhere, pool), 'networksAdvanceds'), [
      { id: 'timetracker-prod-pooled-network-id', aliases: ['pool'] },
      { id: 'timetracker-prod-pool-database-network-id', aliases: ['pool'] },
    ]);
    assert.equal(internal(elsewhere)['timetracker-prod-pooled-network'], true);
    const { DATABASE_HOST, MOVES } = environment(elsewhere, pool);
    assert.deepEqual([DATABASE_HOST, MOVES], ['db.example.com', undefined]);
  });
});

describe('a prod stack with two edges and a name', () => {
  const place = { orchestrator: 'swarm', port: '80', adminPassword: 'correct horse battery' };
  const two = { registry: 'registry.example.com/team', edgeReplicas: '2' };
  let stack: Stack;
  before(async () => {
    stack = await declare('prod', { ...place, ...two, domain: 'hours.example.org' });
  });
  const environment = (of: Stack, tier: string) =>
    at(named(of, `timetracker-prod-${tier}`).props, 'taskSpec', 'containerSpec', 'env') as Record<
      string,
      string
    >;

  it('has one that asks for the certificate, where the data is, and edges that fetch it', () => {
    const { ROLE, EDGES, TLS, DOMAINS, ACME_OPTIONS } = environment(stack, 'certifier');
    assert.deepEqual(
      [ROLE, EDGES, TLS, DOMAINS, ACME_OPTIONS],
      [
        ...['certifier', '2', 'acme', 'hours.example.org'],
        'dir https://acme-v02.api.letsencrypt.org/directory',
      ],
    );
    const edge = environment(stack, 'edge');
    assert.deepEqual([edge.TLS, edge.CHALLENGE, edge.ACME_OPTIONS], ['shared', 'there', undefined]);
    const { props } = named(stack, 'timetracker-prod-certifier');
    assert.deepEqual(at(props, 'taskSpec', 'placement', 'constraints'), [
      'node.labels.timetracker-prod.data==true',
    ]);
    assert.equal(at(props, 'endpointSpec', 'ports'), undefined);
  });

  it('lets the two speak in a network of their own, and only the one reach out for it', () => {
    const joined = (tier: string) =>
      JSON.stringify(at(named(stack, `timetracker-prod-${tier}`).props, 'taskSpec'))
        .match(/timetracker-prod-[a-z-]+-network/g)
        ?.map((name) => name.replace('timetracker-prod-', ''))
        .sort();
    assert.deepEqual(joined('certifier'), ['authority-network', 'certificates-network']);
    assert.deepEqual(joined('edge'), ['certificates-network', 'entrance-network', 'web-network']);
    const networks = internal(stack);
    assert.equal(networks['timetracker-prod-certificates-network'], true);
    assert.equal(networks['timetracker-prod-authority-network'], undefined);
  });

  it('has none with one edge, as before', async () => {
    const one = await declare('prod', { ...place, domain: 'hours.example.org' });
    assert.equal(environment(one, 'edge').TLS, 'acme');
    assert.ok(!one.resources.some(({ name }) => /certifier|certificates-network/.test(name)));
  });
});
