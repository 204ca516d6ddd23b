// How long calls take: as long as the recorded ones of the official plugin, less its work. The
// engine here answers at once and the clock is a mock, so that all the time that passes is waiting.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it, mock } from 'node:test';
import messages from '@pulumi/pulumi/proto/provider_pb.js';
import type Docker from 'dockerode';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import { dockerProvider } from '../../src/docker/provider.ts';
import { HEALTH, nextLook, READ, type StateChangeConf } from '../../src/docker/waits.ts';
import { Plugin } from '../../src/plugin.ts';
import { inspected, type JsonObject, type Recording, recordings, structOf } from '../recordings.ts';

const TICK_MS = 50;
/** What the official plugin did besides waiting, at most, in these recordings. */
const WORK_MS = 600;
/** A new service has to run at two looks, which off shows: a second, and a look's half. */
const SETTLE_MS = 1500;

/** When what is waited for was there in the recorded flows, after the call began. */
const READY_MS = { db: { Container: 2100, Service: 7000 }, Container: 1200, Service: 2500 };

const partsOf = ({ request }: Recording) => {
  const [, , type = '', name = ''] = String(request.urn ?? '').split('::');
  return { type: type.split(':').at(-1) ?? '', name };
};

function readyAfter(recording: Recording): number {
  const { type, name } = partsOf(recording);
  if (type !== 'Container' && type !== 'Service') return 0;
  // An unhealthy container never is; a service is rolled back in its time.
  if (recording.errors && type === 'Container') return Number.POSITIVE_INFINITY;
  return name === 'db' ? READY_MS.db[type] : READY_MS[type];
}

/** As much of an engine as these calls ask for. */
function engineOf(recording: Recording): Docker {
  const { type, name } = partsOf(recording);
  const begun = Date.now();
  const isReady = () => Date.now() - begun >= readyAfter(recording);
  let isRemoved = false;
  let isUpdated = false;
  const missing = () => Object.assign(new Error('no such thing'), { statusCode: 404 });
  const given = (value: object) => async () => {
    if (isRemoved) throw missing();
    return structuredClone(value);
  };
  const remove = async () => {
    isRemoved = true;
  };
  const simple = (value: object) => ({ id: 'new', inspect: given(value), remove });

  const network = {
    ...simple({
      ...{ Id: 'new', Name: name, Driver: 'bridge', Scope: 'local', IPAM: {} },
      ...{ Attachable: false, Ingress: false, Internal: false, EnableIPv6: false },
    }),
    connect: async () => {},
    disconnect: async () => {},
  };
  const found = inspected('dev-containers').find(({ Name }) => String(Name).endsWith(`-${name}`));
  const container = {
    id: 'new',
    inspect: async () => {
      if (isRemoved) throw missing();
      const Health = { Status: isReady() ? 'healthy' : 'starting' };
      return { ...found, State: { ...(found?.State as JsonObject), Health } };
    },
    remove,
    start: async () => {},
    stop: async () => {},
    putArchive: async () => {},
    logs: async () => Buffer.alloc(0),
  };
  const spec = inspected('prod-services').find(({ Spec }) =>
    String((Spec as JsonObject).Name).endsWith(`-${name}`),
  ) as { Spec: JsonObject } | undefined;
  const service = {
    id: 'new',
    remove,
    update: async () => {
      isUpdated = true;
    },
    inspect: async () => {
      if (isRemoved) throw missing();
      const state = recording.errors ? 'rollback_completed' : 'completed';
      const update = { State: isReady() ? state : 'updating', Message: 'update completed' };
      return { ...spec, ...(isUpdated ? { UpdateStatus: update } : { UpdateStatus: undefined }) };
    },
  };
  const replicas = ((spec?.Spec.Mode as JsonObject)?.Replicated as JsonObject)?.Replicas;
  const tasks = Array.from({ length: Number(replicas ?? 1) }, () => ({
    DesiredState: 'running',
    Spec: spec?.Spec.TaskTemplate,
  }));
  const volume = simple({ Name: name, Driver: 'local', Options: {}, Mountpoint: '/x' });
  const image = simple({ Id: 'sha256:1', RepoDigests: [] });
  const held = simple({ ID: 'new', Spec: { Labels: {} } });
  const engine = {
    createNetwork: async () => network,
    createVolume: async () => volume,
    createContainer: async () => container,
    createService: async () => service,
    createSecret: async () => held,
    createConfig: async () => held,
    getNetwork: () => network,
    getVolume: () => volume,
    getContainer: () => container,
    getService: () => service,
    getSecret: () => held,
    getConfig: () => held,
    getImage: () => image,
    listContainers: async () => [],
    listTasks: async () =>
      tasks.map((task) => ({ ...task, Status: { State: isReady() ? 'running' : 'starting' } })),
  };
  assert.ok(type, recording.where);
  return engine as unknown as Docker;
}

const pluginOf = (recording: Recording) =>
  new Plugin(
    dockerProvider({ docker: engineOf(recording), address: 'unix:///fake', logins: new Map() }),
  );

function ask(plugin: Plugin, { method, request }: Recording) {
  const urn = String(request.urn);
  const id = String(request.id);
  switch (method) {
    case 'Create': {
      const create = new messages.CreateRequest();
      create.setUrn(urn);
      create.setProperties(structOf(request.properties));
      return plugin.create(create);
    }
    case 'Read': {
      const read = new messages.ReadRequest();
      read.setUrn(urn);
      read.setId(id);
      read.setProperties(structOf(request.properties));
      read.setInputs(structOf(request.inputs));
      return plugin.read(read);
    }
    case 'Update': {
      const update = new messages.UpdateRequest();
      update.setUrn(urn);
      update.setId(id);
      update.setOlds(structOf(request.olds));
      update.setNews(structOf(request.news));
      return plugin.update(update);
    }
    default: {
      const remove = new messages.DeleteRequest();
      remove.setUrn(urn);
      remove.setId(id);
      remove.setProperties(structOf(request.properties));
      return plugin.delete(remove);
    }
  }
}

/** Moves the clock until the work has ended; how long it took by that clock, and its outcome. */
async function timed(work: Promise<unknown>): Promise<{ took: number; error: unknown }> {
  const begun = Date.now();
  let outcome: { took: number; error: unknown } | undefined;
  const end = (error?: unknown) => {
    outcome = { took: Date.now() - begun, error };
  };
  work.then(() => end(), end);
  for (let tick = 0; !outcome; tick++) {
    assert.ok(tick < 2000, 'it goes on for more than 100 s');
    await new Promise(setImmediate);
    if (!outcome) mock.timers.tick(TICK_MS);
  }
  return outcome;
}

/** All that the official plugin was recorded to do on the engine, where waits are its own. */
const calls = recordings().filter((recording) => {
  if (recording.provider !== 'docker') return false;
  const { type } = partsOf(recording);
  const { method } = recording;
  if (!['Create', 'Read', 'Update', 'Delete'].includes(method)) return false;
  // A build takes what it takes, and so do a service's tasks to end.
  if (type === 'Image') return method === 'Read';
  return !(type === 'Service' && method === 'Delete');
});

const kindOf = (call: Recording) => `${call.method} ${partsOf(call).type}`;
const kinds = [...new Set(calls.map(kindOf))]
  .sort()
  .map((kind) => [kind, calls.filter((call) => kindOf(call) === kind)] as const);

describe('waits of the official plugin', () => {
  const outside = process.env.TIMETRACKER_STAND_IN_WAITS;

  before(() => mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1e12 }));
  after(() => mock.timers.reset());
  afterEach(() => {
    if (outside === undefined) delete process.env.TIMETRACKER_STAND_IN_WAITS;
    else process.env.TIMETRACKER_STAND_IN_WAITS = outside;
  });

  it('the recordings have every kind of call', () => {
    const types = ['Container', 'Network', 'RemoteImage', 'Secret', 'Service', 'ServiceConfig'];
    for (const type of [...types, 'Volume']) {
      for (const method of ['Create', 'Read']) {
        assert.ok(
          kinds.some(([kind]) => kind === `${method} ${type}`),
          `${method} ${type}`,
        );
      }
    }
  });

  for (const [kind, recorded] of kinds) {
    it(`${kind} takes as long as recorded, and with off no longer than it needs`, async () => {
      for (const recording of recorded) {
        delete process.env.TIMETRACKER_STAND_IN_WAITS;
        const kept = await timed(ask(pluginOf(recording), recording));
        const about = `${recording.where}: ${kept.took} ms, recorded ${recording.ms} ms`;
        assert.equal(kept.error !== undefined, recording.errors !== undefined, about);
        assert.ok(kept.took <= recording.ms, about);
        assert.ok(recording.ms - kept.took <= WORK_MS, about);

        process.env.TIMETRACKER_STAND_IN_WAITS = 'off';
        const off = await timed(ask(pluginOf(recording), recording));
        const isWaited = ['Create', 'Update'].includes(recording.method);
        const needed = isWaited ? readyAfter(recording) : 0;
        const settling = needed > 0 ? SETTLE_MS : 0;
        const most = Number.isFinite(needed) ? needed + settling : recording.ms;
        assert.ok(off.took <= most, `${recording.where}: ${off.took} ms with off`);
      }
    });
  }

  const call = (kind: string): Recording => {
    const found = kinds.find(([name]) => name === kind)?.[1][0];
    assert.ok(found);
    return found;
  };

  for (const kind of ['Create Network', 'Read Service', 'Delete Volume']) {
    it(`an interrupted ${kind} tells its result at once`, async () => {
      process.env.TIMETRACKER_STAND_IN_WAITS = 'on';
      const recording = call(kind);
      const plugin = pluginOf(recording);
      const work = ask(plugin, recording);
      const timer = setTimeout(() => plugin.cancel(new empty.Empty()), 500);
      const { took, error } = await timed(work);
      clearTimeout(timer);
      assert.equal(error, undefined);
      assert.ok(took <= 500 + TICK_MS, `${took} ms`);
    });
  }

  it('an interrupted convergence ends at once, with the service in the state', async () => {
    process.env.TIMETRACKER_STAND_IN_WAITS = 'on';
    const recording = call('Create Service');
    const plugin = pluginOf(recording);
    const work = ask(plugin, recording);
    setTimeout(() => plugin.cancel(new empty.Empty()), 500);
    const { took, error } = await timed(work);
    assert.match(String((error as { details?: string }).details), /cancelled/);
    assert.ok(took <= 500 + TICK_MS, `${took} ms`);
  });

  it('looks come as the SDK makes them: delay, then twice the wait each, up to 10 s', () => {
    const looks = (conf: StateChangeConf, ...elapsed: number[]) =>
      elapsed.map((time) => nextLook(conf, time));
    assert.deepEqual(
      looks(READ, 0, 2000, 2001, 7001, 17_001, 27_001, 31_000),
      [2000, 2000, 7000, 17_000, 27_000, 30_000, 31_000],
    );
    assert.deepEqual(looks({ ...HEALTH, timeout: 3500 }, 0, 1, 2001, 3001), [0, 1000, 3000, 3500]);
  });

  it('another value than on and off is refused', async () => {
    process.env.TIMETRACKER_STAND_IN_WAITS = 'no';
    await assert.rejects(
      new Plugin(dockerProvider()).configure(new messages.ConfigureRequest()),
      /^Error: TIMETRACKER_STAND_IN_WAITS must be on or off, not "no"; unset, it is on$/,
    );
  });
});
