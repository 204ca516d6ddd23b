// What the recordings don't show: refusals, previews, secrets, durations, build contexts.

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import { digest, entries } from '../../src/docker/context.ts';
import { longDuration, nanoseconds, shortDuration } from '../../src/docker/duration.ts';
import { type Engine, logText } from '../../src/docker/engine.ts';
import { dockerProvider } from '../../src/docker/provider.ts';
import { service } from '../../src/docker/service.ts';
import { type Call, Plugin, type Resource } from '../../src/plugin.ts';
import { text } from '../../src/schema.ts';
import { type JsonObject, structOf } from '../recordings.ts';

const SIGNATURE = '4dabf18193072939515e22adb298388d';
const UNKNOWN = '04da6b54-80e4-46f7-96ec-b56ff0331ba9';
const secret = (value: string | JsonObject): JsonObject => ({
  [SIGNATURE]: '1b47061264138c4ac30d75fd1eb44270',
  value,
});

const urnOf = (type: string) => `urn:pulumi:test::test::${type}::it`;
const CONTAINER = urnOf('docker:index/container:Container');
const SERVICE = urnOf('docker:index/service:Service');

async function checked(urn: string, news: JsonObject, olds: JsonObject = {}) {
  const request = new messages.CheckRequest();
  request.setUrn(urn);
  request.setNews(structOf(news));
  request.setOlds(structOf(olds));
  const response = await new Plugin(dockerProvider()).check(request);
  return {
    inputs: response.getInputs()?.toJavaScript() as JsonObject,
    failures: response.getFailuresList().map((failure) => failure.getReason()),
  };
}

async function differs(urn: string, olds: JsonObject, news: JsonObject, ignored: string[] = []) {
  const request = new messages.DiffRequest();
  request.setUrn(urn);
  request.setOlds(structOf(olds));
  request.setNews(structOf(news));
  request.setIgnorechangesList(ignored);
  return new Plugin(dockerProvider()).diff(request);
}

describe('what is not supported or not valid', () => {
  const cases: [string, string, JsonObject, string][] = [
    [
      'a property of the official plugin',
      CONTAINER,
      { image: 'x', gpus: 'all' },
      '`gpus` is not supported by the offline stand-in of docker.Container',
    ],
    [
      'an unknown property',
      CONTAINER,
      { image: 'x', imgae: 'y' },
      '`imgae` is no input of docker.Container',
    ],
    ['a missing one', CONTAINER, {}, '`image` is required, but was not given'],
    [
      'one inside',
      SERVICE,
      { taskSpec: { containerSpec: { image: 'x', secrets: [{ fileName: 'a' }] } } },
      '`taskSpec.containerSpec.secrets[0].secretId` is required, but was not given',
    ],
    ['a wrong type', CONTAINER, { image: 'x', memory: 'much' }, '`memory` must be a number'],
    [
      'a wrong duration',
      CONTAINER,
      { image: 'x', healthcheck: { tests: ['CMD', 'true'], interval: 'often' } },
      '`healthcheck.interval` must be a duration such as 30s or 1m',
    ],
    [
      'a policy that Swarm does not know',
      SERVICE,
      {
        taskSpec: { containerSpec: { image: 'x' } },
        rollbackConfig: { failureAction: 'rollback' },
      },
      '`rollbackConfig.failureAction` must be one of pause, continue',
    ],
    [
      'data that is no base64',
      urnOf('docker:index/secret:Secret'),
      { data: 'not base64!' },
      '`data` must be standard base64',
    ],
  ];
  for (const [what, urn, news, reason] of cases) {
    it(what, async () => assert.deepEqual((await checked(urn, news)).failures, [reason]));
  }

  it('a resource type', async () => {
    await assert.rejects(
      checked(urnOf('docker:index/plugin:Plugin'), {}),
      /docker:index\/plugin:Plugin is not supported by the offline stand-in of the docker plugin/,
    );
  });

  const settings: [string, JsonObject, string | undefined][] = [
    [
      'a provider setting',
      { sshOpts: '[]' },
      '`sshOpts` is not supported by the offline stand-in of docker',
    ],
    [
      'logins that are no list',
      { registryAuth: '{"address":"a.example"}' },
      '`registryAuth` must be a list of objects, each with address, username and password',
    ],
    [
      'a login by a file',
      { registryAuth: '[{"address":"a.example","configFile":"x"}]' },
      '`registryAuth` [0].configFile is not supported by the offline stand-in of docker',
    ],
    [
      'a login for nowhere',
      { registryAuth: '[{"username":"a","password":"b"}]' },
      '`registryAuth` [0].address is required, but was not given',
    ],
    ['no login', { registryAuth: '[{"address":"a.example:5000"}]' }, undefined],
  ];
  for (const [what, news, reason] of settings)
    it(what, async () => {
      const request = new messages.CheckRequest();
      request.setUrn('urn:pulumi:test::test::pulumi:providers:docker::it');
      request.setNews(structOf(news));
      const response = await new Plugin(dockerProvider()).checkConfig(request);
      assert.equal(response.getFailuresList()[0]?.getReason(), reason);
    });
});

describe('names', () => {
  it('are made once, and kept', async () => {
    const first = await checked(CONTAINER, { image: 'x' });
    assert.match(String(first.inputs.name), /^it-[0-9a-f]{7}$/);
    const second = await checked(CONTAINER, { image: 'y' }, first.inputs);
    assert.equal(second.inputs.name, first.inputs.name);
  });

  it('that the program gives make a replacement delete first', async () => {
    const data = (text: string) => Buffer.from(text).toString('base64');
    const urn = urnOf('docker:index/secret:Secret');
    const named = await differs(
      urn,
      { name: 'a', data: data('1'), labels: [] },
      { name: 'a', data: data('2') },
    );
    assert.equal(named.getDeletebeforereplace(), true);
    const made = await differs(
      urn,
      { name: 'a-1234567', data: data('1'), labels: [] },
      { name: 'a-7654321', data: data('2'), __defaults: ['name'] },
    );
    assert.equal(made.getDeletebeforereplace(), false);
  });
});

describe('differences', () => {
  const state = {
    image: 'a',
    name: 'x',
    entrypoints: [],
    networkDatas: [],
    labels: [],
    envs: ['A=1'],
    securityOpts: [],
    command: ['run'],
    healthcheck: null,
  };

  it('an unknown value replaces where a change of it would', async () => {
    const diff = await differs(CONTAINER, state, { ...state, image: UNKNOWN });
    assert.deepEqual(diff.getReplacesList(), ['image']);
  });

  it('ignoreChanges is honoured', async () => {
    const diff = await differs(CONTAINER, state, { ...state, image: 'b' }, ['image']);
    assert.equal(diff.getChanges(), messages.DiffResponse.DiffChanges.DIFF_NONE);
  });

  it('a set has no order', async () => {
    const olds = { ...state, envs: ['A=1', 'B=2'] };
    const diff = await differs(CONTAINER, olds, { ...olds, envs: ['B=2', 'A=1'] });
    assert.equal(diff.getChanges(), messages.DiffResponse.DiffChanges.DIFF_NONE);
  });
});

describe('previews', () => {
  it('what the engine will tell is unknown', async () => {
    const request = new messages.CreateRequest();
    request.setUrn(urnOf('docker:index/image:Image'));
    request.setPreview(true);
    request.setProperties(
      structOf({ imageName: 'x', skipPush: true, build: { context: UNKNOWN } }),
    );
    const response = await new Plugin(dockerProvider()).create(request);
    const planned = response.getProperties()?.toJavaScript() as JsonObject;
    assert.equal(planned.repoDigest, UNKNOWN);
    assert.equal(planned.imageName, 'x');
  });

  it('inputs may be unknown', async () => {
    const { inputs, failures } = await checked(CONTAINER, { image: UNKNOWN, envs: [UNKNOWN] });
    assert.deepEqual(failures, []);
    assert.equal(inputs.image, UNKNOWN);
  });
});

describe('secrets', () => {
  it('of the inputs stay secret', async () => {
    const { inputs } = await checked(CONTAINER, {
      image: 'x',
      envs: ['A=1', secret('TOKEN=very-secret')],
    });
    assert.equal((inputs.envs as JsonObject)[SIGNATURE], '1b47061264138c4ac30d75fd1eb44270');
    const service = await checked(SERVICE, {
      taskSpec: { containerSpec: { image: 'x', env: { A: '1', TOKEN: secret('very-secret') } } },
    });
    const spec = (service.inputs.taskSpec as JsonObject).containerSpec as JsonObject;
    assert.deepEqual(spec.env, { A: '1', TOKEN: secret('very-secret') });
  });

  const noisy: Resource = {
    type: 'test.Noisy',
    schema: { token: text() },
    create: async (_, call: Call) => {
      call.progress('the token is very-secret');
      throw new Error('failed: very-secret, or in base64 dmVyeS1zZWNyZXQ=');
    },
    read: async () => undefined,
    update: async (_, state) => state,
    delete: async () => {},
  };

  it('are masked in errors and progress, in base64 too', async () => {
    const shown: string[] = [];
    const plugin = new Plugin(
      {
        name: 'test',
        version: '1.0.0',
        schema: {},
        resources: { 'test:index:Noisy': noisy },
        configure: async () => {},
      },
      (_, line) => shown.push(line),
    );
    const request = new messages.CreateRequest();
    request.setUrn(urnOf('test:index:Noisy'));
    request.setProperties(
      structOf({ token: secret(Buffer.from('very-secret').toString('base64')) }),
    );
    await assert.rejects(plugin.create(request), (error: Error) => {
      assert.match(error.message, /failed: \[secret\], or in base64 \[secret\]/);
      return true;
    });
    assert.deepEqual(shown, ['the token is [secret]']);
  });

  it("are not what a state repeats of its inputs: an image's name stays readable", async () => {
    const resource: Resource = {
      ...noisy,
      schema: { imageName: text(), token: text() },
      update: async () => {
        throw new Error('building app/backend failed: very-secret');
      },
    };
    const plugin = new Plugin({
      name: 'test',
      version: '1.0.0',
      schema: {},
      resources: { 'test:index:Noisy': resource },
      configure: async () => {},
    });
    const inputs = { imageName: 'app/backend', token: secret('very-secret') };
    const request = new messages.UpdateRequest();
    request.setUrn(urnOf('test:index:Noisy'));
    request.setOlds(structOf({ imageName: 'app/backend', __inputs: secret(inputs) }));
    request.setNews(structOf(inputs));
    await assert.rejects(plugin.update(request), /building app\/backend failed: \[secret\]/);
  });
});

describe('durations', () => {
  it('read and written as in Go', () => {
    assert.equal(nanoseconds('1m30s'), 90e9);
    assert.equal(nanoseconds('1.5s'), 1.5e9);
    assert.equal(nanoseconds('500ms'), 5e8);
    assert.equal(nanoseconds('soon'), undefined);
    assert.equal(longDuration(60e9), '1m0s');
    assert.equal(longDuration(3600e9), '1h0m0s');
    assert.equal(longDuration(5e8), '500ms');
    assert.equal(shortDuration(60e9), '1m');
    assert.equal(shortDuration(3600e9), '1h');
    assert.equal(shortDuration(90e9), '1m30s');
    assert.equal(shortDuration(10e9), '10s');
    assert.equal(shortDuration(0), '0s');
  });
});

describe('build contexts', () => {
  function folder(files: Record<string, string>): string {
    const root = mkdtempSync(join(tmpdir(), 'plugins-'));
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(root, path, '..'), { recursive: true });
      writeFileSync(join(root, path), content);
    }
    return root;
  }

  it('.dockerignore and its exceptions are honoured, the Dockerfile always sent', async () => {
    const root = folder({
      '.dockerignore': 'node_modules\n**/*.md\nDockerfile\nkept/*\n!kept/this\n',
      Dockerfile: 'FROM scratch',
      'node_modules/a/index.js': '',
      'src/index.ts': '',
      'src/notes.md': '',
      'kept/this': '',
      'kept/that': '',
    });
    const paths = (await entries(root, 'Dockerfile'))
      .filter(({ kind }) => kind === 'file')
      .map(({ path }) => path);
    assert.deepEqual(paths, ['.dockerignore', 'Dockerfile', 'kept/this', 'src/index.ts']);
    rmSync(root, { recursive: true });
  });

  it('the digest changes with content, name and mode of what the build sees, and only so', async () => {
    const root = folder({ Dockerfile: 'FROM scratch', a: '1', '.dockerignore': 'ignored\n' });
    const seen = new Set<string>();
    const look = async () => seen.add(await digest(root, 'Dockerfile')).size;
    assert.equal(await look(), 1);
    writeFileSync(join(root, 'ignored'), 'x');
    assert.equal(await look(), 1);
    writeFileSync(join(root, 'a'), '2');
    assert.equal(await look(), 2);
    chmodSync(join(root, 'a'), 0o755);
    assert.equal(await look(), 3);
    writeFileSync(join(root, 'b'), '');
    assert.equal(await look(), 4);
    rmSync(root, { recursive: true });
  });
});

describe('a service that does not converge', () => {
  it('tells of the task that failed, not of the one that comes after it', async () => {
    const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString();
    const tasks = [
      { ID: 'b', UpdatedAt: inSeconds(20), DesiredState: 'running', Status: { State: 'ready' } },
      {
        ID: 'a',
        UpdatedAt: inSeconds(10),
        DesiredState: 'shutdown',
        Status: { State: 'failed', Err: 'x' },
      },
    ].map((task) => ({ ...task, Spec: {} }));
    const docker = {
      createService: async () => ({ id: 'made' }),
      getService: () => ({
        inspect: async () => ({ ID: 'made', Spec: { TaskTemplate: {} } }),
        remove: async () => {},
      }),
      getTask: () => ({ logs: async () => Buffer.alloc(0) }),
      listTasks: async () => tasks,
      listContainers: async () => [],
    };
    const engine = {
      ...{ docker, address: 'unix:///fake', logins: new Map() },
    } as unknown as Engine;
    const inputs = { name: 'it', convergeConfig: { delay: '0s', timeout: '0s' } };
    const { signal } = new AbortController();
    const call: Call = { urn: SERVICE, signal, progress: () => {}, mask: (line) => line };
    await assert.rejects(
      service(engine).create(inputs, call),
      /did not converge after 0s\n {2}service it:\n {2}its last task was failed: x/,
    );
  });
});

describe('logs', () => {
  const frame = (stream: number, content: string) => {
    const head = Buffer.alloc(8);
    head[0] = stream;
    head.writeUInt32BE(content.length, 4);
    return Buffer.concat([head, Buffer.from(content)]);
  };

  it('come in frames, or plain from a terminal', () => {
    assert.equal(logText(Buffer.concat([frame(1, 'out\n'), frame(2, 'err\n')])), 'out\nerr\n');
    assert.equal(logText(Buffer.from('plain\n')), 'plain\n');
  });
});
