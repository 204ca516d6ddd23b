import type { Resource } from '../plugin.ts';
import { flag, list, map, output, type Schema, text, unsupported } from '../schema.ts';
import type { Properties } from '../value.ts';
import { type Engine, unlessMissing } from './engine.ts';
import { loginFor } from './registry.ts';

const replace = true;

const schema: Schema = {
  name: text({ required: true, replace }),
  keepLocally: flag(),
  forceRemove: flag(),
  platform: text({ replace }),
  pullTriggers: list(text(), { replace }),
  triggers: map({ replace }),
  ...unsupported(['build']),
  imageId: output(text()),
  repoDigest: output(text()),
};

export function remoteImage({ docker, logins }: Engine): Resource {
  const find = (name: string) => unlessMissing(docker.getImage(name).inspect());

  async function pull(name: string, inputs: Properties, progress: (line: string) => void) {
    const stream = await docker.pull(name, {
      ...(inputs.platform ? { platform: String(inputs.platform) } : {}),
      authconfig: loginFor(name, logins),
    });
    await new Promise<void>((resolve, reject) => {
      docker.modem.followProgress(
        stream,
        (error) => (error ? reject(error) : resolve()),
        (event: { id?: string; status?: string }) =>
          progress([event.id, event.status].filter(Boolean).join(' ')),
      );
    });
  }

  function stateOf(name: string, inputs: Properties, id: string, digests: string[] | null) {
    return {
      id: id + name,
      name,
      build: null,
      forceRemove: inputs.forceRemove ?? null,
      imageId: id,
      keepLocally: inputs.keepLocally ?? null,
      platform: inputs.platform ?? null,
      pullTriggers: inputs.pullTriggers ?? null,
      repoDigest: digests?.[0] ?? '',
      triggers: inputs.triggers ?? null,
    };
  }

  return {
    type: 'docker.RemoteImage',
    schema,
    async create(inputs, { progress }) {
      const name = String(inputs.name);
      let found = await find(name);
      if (!found) {
        await pull(name, inputs, progress).catch((error: Error) => {
          throw new Error(
            `unable to pull image ${name}: ${error.message}; an image of that name on the engine ` +
              'is used as it is, so build or load one, or name another in the stack config',
          );
        });
        found = await find(name);
      }
      if (!found) throw new Error(`image ${name} was pulled, but the engine does not have it`);
      return { id: found.Id + name, state: stateOf(name, inputs, found.Id, found.RepoDigests) };
    },
    async read(_, state) {
      const name = String(state.name);
      const found = await find(name);
      return found && stateOf(name, state, found.Id, found.RepoDigests);
    },
    update: async (_, state, inputs) => ({ ...state, ...inputs }),
    async delete(_, state) {
      if (state.keepLocally) return;
      const options = { force: state.forceRemove === true };
      await unlessMissing(docker.getImage(String(state.name)).remove(options));
    },
  };
}
