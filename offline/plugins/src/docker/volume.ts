import type Docker from 'dockerode';
import type { Resource } from '../plugin.ts';
import { labels, map, output, type Schema, text, unsupported } from '../schema.ts';
import type { Properties } from '../value.ts';
import { type Engine, removeWhenFree, unlessMissing } from './engine.ts';
import { labelsFromEngine, labelsToEngine, stringMap } from './shared.ts';
import { REMOVAL, toldAtNextLook } from './waits.ts';

const replace = true;

const schema: Schema = {
  name: text({ replace, computed: true }),
  driver: text({ replace, computed: true }),
  driverOpts: map({ replace }),
  labels: labels({ replace }),
  ...unsupported(['cluster']),
  mountpoint: output(text()),
};

function stateOf(volume: Docker.VolumeInspectInfo): Properties {
  return {
    id: volume.Name,
    name: volume.Name,
    cluster: null,
    driver: volume.Driver,
    driverOpts: volume.Options,
    labels: labelsFromEngine(volume.Labels),
    mountpoint: volume.Mountpoint,
  };
}

export function volume({ docker }: Engine): Resource {
  return {
    type: 'docker.Volume',
    schema,
    autoName: true,
    async create(inputs) {
      const name = String(inputs.name);
      await docker.createVolume({
        Name: name,
        ...(inputs.driver ? { Driver: String(inputs.driver) } : {}),
        DriverOpts: stringMap(inputs.driverOpts),
        Labels: labelsToEngine(inputs.labels),
      });
      return { id: name, state: stateOf(await docker.getVolume(name).inspect()) };
    },
    async read(id) {
      const found = await unlessMissing(docker.getVolume(id).inspect());
      return found && stateOf(found);
    },
    update: async (_, state) => state,
    delete: (id, _, { signal }) =>
      toldAtNextLook(REMOVAL, signal, () =>
        removeWhenFree(() => docker.getVolume(id).remove(), 409, REMOVAL.timeout, signal),
      ),
  };
}
