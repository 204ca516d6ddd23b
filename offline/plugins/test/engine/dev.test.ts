// The recorded flows of the dev stack: containers, their networks, volume and images.

import { after, before, describe, it } from 'node:test';
import type { JsonObject } from '../recordings.ts';
import { inspected } from '../recordings.ts';
import { buildTools, engine, enterProject, freePort, PREFIX, sweep } from './engine.ts';
import { Replay } from './replay.ts';

const FLOWS_AFTER_CREATE = [
  ...['dev-02-noop', 'dev-03-update-image', 'dev-04-unhealthy', 'dev-05-heal', 'dev-06-refresh'],
  'dev-07-rotate',
];

/** What containers have from their image: here as the engine tells it, there as it was recorded. */
interface Inherited {
  /** Names of variables. */
  env: string[];
  labels: string[];
}

const RECORDED: Inherited = {
  env: ['PATH', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'PGDATA', 'LANG'],
  labels: [],
};

const nameOf = (entry: string) => entry.slice(0, entry.indexOf('='));

async function inheritedHere(): Promise<Inherited> {
  const { Config } = await engine.docker.getImage('plugtest/tools:latest').inspect();
  return { env: (Config.Env ?? []).map(nameOf), labels: Object.keys(Config.Labels ?? {}) };
}

/** What the plugin decides of a container, without what the engine and the image add. */
function decided(container: JsonObject, { env, labels }: Inherited): JsonObject {
  const part = (name: string) => container[name] as JsonObject;
  const { MaskedPaths, ReadonlyPaths, CgroupnsMode, ...host } = part('HostConfig');
  const { Env, Labels, Hostname, Image, ...config } = part('Config');
  const networks = Object.entries(part('NetworkSettings').Networks as JsonObject);
  return {
    Name: container.Name ?? null,
    Image: container.Image ?? null,
    HostConfig: host,
    Config: config,
    Env: (Env as string[]).filter((entry) => !env.includes(nameOf(entry))),
    Labels: Object.fromEntries(
      Object.entries(Labels as JsonObject).filter(([label]) => !labels.includes(label)),
    ),
    Health: (part('State').Health as JsonObject).Status ?? null,
    Networks: networks
      .map(([network, settings]): JsonObject => {
        const { Aliases = null, IPAMConfig = null, DriverOpts = null } = settings as JsonObject;
        return { network, Aliases, IPAMConfig, DriverOpts };
      })
      .sort((a, b) => (String(a.network) < String(b.network) ? -1 : 1)),
  };
}

describe('the recorded dev flows on a real engine', () => {
  let project: ReturnType<typeof enterProject>;
  let replay: Replay;

  before(async () => {
    await buildTools();
    project = enterProject();
    replay = new Replay(
      new Map([
        ['tt-dev-', `${PREFIX}-dev-`],
        ['timetracker/', 'plugtest/'],
        ['postgres:17-alpine', 'plugtest/postgres:latest'],
      ]),
      new Map([[8080, await freePort()]]),
    );
    await replay.configure();
  });

  after(async () => {
    await replay.cleanUp();
    await sweep();
    project.leave();
  });

  it('dev-01-create', () => replay.play('dev-01-create'));

  it('leaves the containers as the official plugin did', async () => {
    for (const recorded of inspected('dev-containers')) {
      const name = String(replay.here(recorded.Name ?? '')).slice(1);
      const real: JsonObject = JSON.parse(
        JSON.stringify(await engine.docker.getContainer(name).inspect()),
      );
      replay.compare(decided(recorded, RECORDED), decided(real, await inheritedHere()), name, []);
    }
  });

  for (const flow of FLOWS_AFTER_CREATE) it(flow, () => replay.play(flow));

  it('dev-08 and dev-09: a container removed by hand', async () => {
    const name = `${PREFIX}-dev-frontend`;
    await engine.docker.getContainer(name).remove({ force: true });
    await replay.play('dev-08-drift-no-refresh');
    await replay.play('dev-09-drift-refresh');
  });

  it('dev-10-destroy', () => replay.play('dev-10-destroy'));
});
