// The docker plugin on paper: a stack is put up by writing down what would be there. No engine is
// asked, so a plan can be compared with a stack that runs nowhere (review/paper.ts).

import { createHash } from 'node:crypto';
import { relative } from 'node:path';
import type { Provider, Resource } from '../plugin.ts';
import type { Property, Schema } from '../schema.ts';
import { isObject, type Properties, type Value } from '../value.ts';
import { dockerProvider } from './provider.ts';
import { inside } from './shared.ts';

/** The provider, with resources that answer from what they are given. */
export function paperProvider(): Provider {
  const provider = dockerProvider();
  const { name, version, schema } = provider;
  const resources = Object.fromEntries(
    Object.entries(provider.resources).map(([type, resource]) => [type, onPaper(resource)]),
  );
  return { name, version, schema, resources, configure: async () => {} };
}

function onPaper(resource: Resource): Resource {
  return {
    ...resource,
    async create(inputs, { urn }) {
      const id = madeUp(urn);
      return { id, state: { ...written(resource.schema, inputs), id, ...told(resource, inputs) } };
    },
    read: async (_, state) => state,
    update: async (_id, state, inputs) => ({
      ...state,
      ...written(resource.schema, inputs),
      ...told(resource, inputs),
    }),
    delete: async () => {},
  };
}

/** An id as the engine makes them; of the name alone, never of a value, which may be secret. */
function madeUp(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

/** What the engine would fill in: nothing of its own where the program says nothing. */
function written(schema: Schema, inputs: Properties): Properties {
  const entries = Object.entries(schema)
    .filter(([, { kind }]) => kind !== 'unsupported')
    .map(([name, property]): [string, Value] => [name, writtenValue(property, inputs[name])]);
  return Object.fromEntries(entries);
}

function writtenValue(property: Property, wish: Value | undefined): Value {
  switch (property.kind) {
    case 'list':
    case 'set':
      return Array.isArray(wish) ? wish.map((item) => writtenValue(property.of, item)) : [];
    case 'map':
      return isObject(wish) ? wish : {};
    case 'object':
      return isObject(wish) ? written(property.of, wish) : null;
    default:
      return wish ?? null;
  }
}

/** What only the engine tells of an image: the same for the same reference, or the same build. */
function told({ type }: Resource, inputs: Properties): Properties {
  switch (type) {
    case 'docker.RemoteImage':
      return { imageId: `sha256:${madeUp(String(inputs.name))}`, repoDigest: '' };
    case 'docker.Image': {
      const build = inside(inputs.build);
      const name = String(inputs.imageName);
      const digest = `sha256:${madeUp(name)}`;
      const context = String(build.context ?? '.');
      return {
        __inputs: inputs,
        baseImageName: name,
        context,
        dockerfile: relative(context, String(build.dockerfile ?? 'Dockerfile')),
        platform: build.platform ?? null,
        registryServer: inside(inputs.registry).server ?? '',
        repoDigest: inputs.skipPush === true ? digest : `${name.replace(/:[^/:]+$/, '')}@${digest}`,
      };
    }
    default:
      return {};
  }
}
