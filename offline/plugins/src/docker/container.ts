// docker.Container: made, filled, started, and waited for until it is healthy.

import { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { pack } from 'tar-stream';
import { type Call, PartialFailure, type Resource } from '../plugin.ts';
import type { Properties } from '../value.ts';
import { fromEngine, mebibytes, schema, toEngine, wished } from './containerSpec.ts';
import {
  creationFailed,
  type Engine,
  logText,
  pause,
  statusCode,
  unlessMissing,
  waitFor,
} from './engine.ts';
import { inOrder, networkOrder, objects, strings } from './shared.ts';
import { HEALTH, toldAtNextLook } from './waits.ts';

const WAIT_POLL_MS = 250;
const LAST_LINES = 20;

function uploadOf(upload: Properties): { name: string; mode: number; content: Buffer } {
  const { content, contentBase64, permissions } = upload;
  if ((content === undefined) === (contentBase64 === undefined)) {
    throw new Error(`the upload of ${upload.file} needs either content or contentBase64`);
  }
  const mode = permissions ? Number.parseInt(String(permissions), 8) : undefined;
  return {
    name: String(upload.file),
    mode: mode ?? (upload.executable ? 0o744 : 0o644),
    content:
      content === undefined
        ? Buffer.from(String(contentBase64), 'base64')
        : Buffer.from(String(content)),
  };
}

/** The last lines of the log and the last probe of the health check, to go under an error. */
async function account(container: Docker.Container, info: Docker.ContainerInspectInfo) {
  const log = logText(
    await container
      .logs({ stdout: true, stderr: true, tail: LAST_LINES })
      .catch(() => Buffer.alloc(0)),
  ).trimEnd();
  const probe = info.State.Health?.Log?.at(-1);
  const name = info.Name.replace(/^\//, '');
  const indent = (block: string) => block.trimEnd().replace(/^/gm, '    ');
  return [
    probe
      ? `  the last probe ended with ${probe.ExitCode}:\n${indent(probe.Output)}`
      : '  no probe has ended yet',
    log
      ? `  the last lines of \`docker logs ${name}\`:\n${indent(log)}`
      : `  \`docker logs ${name}\` is empty`,
  ].join('\n');
}

async function waitUntilHealthy(
  container: Docker.Container,
  inputs: Properties,
  { signal, progress }: Call,
): Promise<void> {
  const seconds = Number(inputs.waitTimeout);
  const timeout = seconds * 1000;
  const restarts = inputs.restart !== 'no';
  let info = await container.inspect();
  const look = async () => {
    info = await container.inspect();
    const { Health, Running, Restarting } = info.State;
    if (!Health) throw new Error(`container ${inputs.name} has wait, but no health check`);
    if (Health.Status === 'healthy') return true;
    if (!Running && !Restarting && !restarts) return false;
    progress(`waiting for ${inputs.name} to be healthy: ${Health.Status}`);
    return undefined;
  };
  const healthy = await toldAtNextLook({ ...HEALTH, timeout }, signal, () =>
    waitFor(timeout, signal, look, WAIT_POLL_MS),
  );
  if (healthy) return;
  const { Status, ExitCode } = info.State;
  const happened =
    healthy === false
      ? `it ended with exit code ${ExitCode}`
      : `it was ${Status} after ${seconds} s`;
  throw new Error(
    `container failed to be in healthy state: ${inputs.name}, ${happened}\n` +
      (await account(container, info)),
  );
}

async function remove(docker: Docker, id: string, state: Properties, { signal }: Call) {
  const container = docker.getContainer(id);
  const grace = Number(state.destroyGraceSeconds ?? 0);
  const isStopped = (error: unknown) => statusCode(error) === 304;
  if (grace > 0) {
    await unlessMissing(container.stop({ t: grace, abortSignal: signal })).catch((error) => {
      if (!isStopped(error)) throw error;
    });
  }
  const isGoing = (error: unknown) => statusCode(error) === 409;
  await unlessMissing(container.remove({ v: state.removeVolumes !== false, force: true })).catch(
    (error) => {
      if (!isGoing(error)) throw error;
    },
  );
  while (await unlessMissing(container.inspect())) await pause(100, signal);
}

export function container({ docker }: Engine): Resource {
  async function connect(made: Docker.Container, inputs: Properties): Promise<void> {
    const networks = inOrder(objects(inputs.networksAdvanced), ({ aliases, name }) =>
      networkOrder(strings(aliases).sort(), String(name)),
    );
    if (networks.length === 0) return;
    // Only its own networks, none by default.
    if (inputs.networkMode === 'bridge') {
      await docker.getNetwork('bridge').disconnect({ Container: made.id });
    }
    for (const { name, aliases, ipv4Address, ipv6Address } of networks) {
      await docker.getNetwork(String(name)).connect({
        Container: made.id,
        EndpointConfig: {
          Aliases: strings(aliases),
          IPAMConfig: {
            ...(ipv4Address ? { IPv4Address: String(ipv4Address) } : {}),
            ...(ipv6Address ? { IPv6Address: String(ipv6Address) } : {}),
          },
        },
      });
    }
  }

  async function upload(made: Docker.Container, inputs: Properties): Promise<void> {
    for (const { name, mode, content } of objects(inputs.uploads).map(uploadOf)) {
      const tar = pack();
      tar.entry({ name, mode }, content);
      tar.finalize();
      await made.putArchive(Readable.from(tar), { path: '/' });
    }
  }

  async function start(made: Docker.Container, inputs: Properties, call: Call): Promise<void> {
    await made.start().catch((error: Error) => {
      if (statusCode(error) === 304) return;
      const taken = /port is already allocated|address already in use/.test(error.message);
      const ports = objects(inputs.ports).map(({ ip, external }) => `${ip}:${external}`);
      const remedy = taken
        ? `; a port of ${ports.join(', ')} is taken: free it (\`ss -ltnp\` and \`docker ps\` ` +
          'tell who has it) or choose another in the stack config'
        : '';
      throw new Error(`unable to start container ${inputs.name}: ${error.message}${remedy}`);
    });
    if (inputs.wait) await waitUntilHealthy(made, inputs, call);
  }

  return {
    type: 'docker.Container',
    schema,
    autoName: true,
    async create(inputs, call) {
      const made = await docker.createContainer(toEngine(inputs)).catch((error: Error) => {
        throw creationFailed('container', inputs, error);
      });
      try {
        await connect(made, inputs);
        await upload(made, inputs);
        if (inputs.start) await start(made, inputs, call);
        return { id: made.id, state: fromEngine(await made.inspect(), wished(inputs)) };
      } catch (error) {
        // Without what only a running container tells, the next update replaces it.
        const state = { ...wished(inputs), id: made.id };
        throw new PartialFailure((error as Error).message, made.id, state);
      }
    },
    async read(id, state) {
      const found = await unlessMissing(docker.getContainer(id).inspect());
      return found && fromEngine(found, state);
    },
    async update(id, state, inputs, call) {
      const made = docker.getContainer(id);
      await made.update({
        RestartPolicy: {
          Name: String(inputs.restart),
          MaximumRetryCount: Number(inputs.maxRetryCount ?? 0),
        },
        Memory: mebibytes(inputs.memory),
        MemorySwap: mebibytes(inputs.memorySwap),
        MemoryReservation: mebibytes(inputs.memoryReservation),
      });
      if (state.mustRun === false && inputs.mustRun && inputs.start)
        await start(made, inputs, call);
      else if (state.wait === false && inputs.wait) await waitUntilHealthy(made, inputs, call);
      // The rest can't change in a container that is there; the state keeps the program's word.
      return { ...fromEngine(await made.inspect(), wished(inputs)), ...wished(inputs) };
    },
    delete: (id, state, call) => remove(docker, id, state, call),
  };
}
