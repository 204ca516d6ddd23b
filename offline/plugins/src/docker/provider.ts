// The docker plugin: its configuration and its resource types.

import type { Provider, Resource } from '../plugin.ts';
import { text, unsupported } from '../schema.ts';
import { container } from './container.ts';
import { asking, connect, type Engine, engineAt } from './engine.ts';
import { image } from './image.ts';
import { network } from './network.ts';
import { brokenLogins } from './registry.ts';
import { remoteImage } from './remoteImage.ts';
import { secret, serviceConfig } from './secret.ts';
import { service } from './service.ts';
import { volume } from './volume.ts';
import { waitsAreKept } from './waits.ts';

/** Every request of a resource to the engine, with errors that say what to do. */
function helpful(engine: Engine, resource: Resource): Resource {
  return {
    ...resource,
    create: (...args) => asking(engine, () => resource.create(...args)),
    read: (...args) => asking(engine, () => resource.read(...args)),
    update: (...args) => asking(engine, () => resource.update(...args)),
    delete: (...args) => asking(engine, () => resource.delete(...args)),
  };
}

const makers = {
  'docker:index/container:Container': container,
  'docker:index/image:Image': image,
  'docker:index/network:Network': network,
  'docker:index/remoteImage:RemoteImage': remoteImage,
  'docker:index/secret:Secret': secret,
  'docker:index/service:Service': service,
  'docker:index/serviceConfig:ServiceConfig': serviceConfig,
  'docker:index/volume:Volume': volume,
};

function resourcesOf(engine: Engine): Record<string, Resource> {
  return Object.fromEntries(
    Object.entries(makers).map(([type, make]) => [type, helpful(engine, make(engine))]),
  );
}

export function dockerProvider(engine = engineAt()): Provider {
  let resources = resourcesOf(engine);
  return {
    name: 'docker',
    version: '5.2.0',
    schema: {
      host: text(),
      context: text(),
      ...unsupported(['caMaterial', 'certMaterial', 'certPath', 'disableDockerDaemonCheck']),
      registryAuth: text({ valid: brokenLogins }),
      ...unsupported(['keyMaterial', 'sshOpts']),
    },
    get resources() {
      return resources;
    },
    async configure(config) {
      waitsAreKept(); // Refuses a value that it doesn't know.
      resources = resourcesOf(await connect(config));
    },
  };
}
