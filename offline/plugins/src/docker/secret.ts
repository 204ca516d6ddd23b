// docker.Secret and docker.ServiceConfig, which Swarm keeps alike.

import type { Resource } from '../plugin.ts';
import { labels, type Schema, text } from '../schema.ts';
import type { Properties, Value } from '../value.ts';
import { type Engine, unlessMissing } from './engine.ts';
import { labelsFromEngine, labelsToEngine } from './shared.ts';

const replace = true;

function base64(value: string | number): string | undefined {
  return Buffer.from(String(value), 'base64').toString('base64') === value
    ? undefined
    : 'must be standard base64';
}

const secretSchema: Schema = {
  name: text({ replace }),
  data: text({ required: true, replace, valid: base64 }),
  labels: labels({ replace }),
};

export function secret({ docker }: Engine): Resource {
  return {
    type: 'docker.Secret',
    schema: secretSchema,
    secrets: ['data'],
    autoName: true,
    async create(inputs) {
      const made = await docker.createSecret({
        Name: String(inputs.name),
        Labels: labelsToEngine(inputs.labels),
        Data: String(inputs.data),
      });
      return { id: made.id, state: stateOf(made.id, inputs, inputs.labels) };
    },
    async read(id, state) {
      const found = await unlessMissing(docker.getSecret(id).inspect());
      return found && stateOf(id, state, labelsFromEngine(found.Spec?.Labels));
    },
    update: async (_, state) => state,
    async delete(id) {
      await unlessMissing(docker.getSecret(id).remove());
    },
  };
}

// The engine never gives a secret's data back.
function stateOf(id: string, { name, data }: Properties, found: Value | undefined): Properties {
  return { id, name: name ?? null, data: data ?? null, labels: found ?? [] };
}

const configSchema: Schema = {
  name: text({ replace }),
  data: text({ replace, valid: base64 }),
  dataRaw: text({ replace }),
  labels: labels({ replace }),
};

export function serviceConfig({ docker }: Engine): Resource {
  return {
    type: 'docker.ServiceConfig',
    schema: configSchema,
    autoName: true,
    refine(inputs, failures) {
      if ((inputs.data === undefined) === (inputs.dataRaw === undefined)) {
        failures.push({ property: 'data', reason: 'or `dataRaw` is required, and not both' });
      }
      return inputs;
    },
    async create(inputs) {
      const { name, data = null, dataRaw = null } = inputs;
      const made = await docker.createConfig({
        Name: String(name),
        Labels: labelsToEngine(inputs.labels),
        Data: data === null ? Buffer.from(String(dataRaw)).toString('base64') : String(data),
      });
      const state = { id: made.id, name: String(name), data, dataRaw };
      return { id: made.id, state: { ...state, labels: inputs.labels ?? [] } };
    },
    async read(id, state) {
      const found = await unlessMissing(docker.getConfig(id).inspect());
      return found && { ...state, labels: labelsFromEngine(found.Spec?.Labels) };
    },
    update: async (_, state) => state,
    async delete(id) {
      await unlessMissing(docker.getConfig(id).remove());
    },
  };
}
