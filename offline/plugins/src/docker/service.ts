// docker.Service: a Swarm service, and the wait until it does what it should.

import { isDeepStrictEqual } from 'node:util';
import type Docker from 'dockerode';
import { plan } from '../diff.ts';
import { type Call, PartialFailure, type Resource } from '../plugin.ts';
import type { Properties } from '../value.ts';
import { longDuration } from './duration.ts';
import { creationFailed, type Engine, logText, unlessMissing, waitFor } from './engine.ts';
import { type Login, loginFor } from './registry.ts';
import { fromEngine, type Inspected, type Spec, schema, time, toEngine } from './serviceSpec.ts';
import { inside } from './shared.ts';
import { CONVERGENCE, READ, toldAtNextLook, UPDATE_DELAY } from './waits.ts';

interface Task {
  ID: string;
  ServiceID: string;
  UpdatedAt: string;
  DesiredState: string;
  Spec: object;
  Status: {
    State: string;
    Err?: string;
    Message?: string;
    ContainerStatus?: { ExitCode?: number };
  };
}

/** The engine tells the runtime of a service, but not of its tasks. */
function isSameTask(a: object, b: object): boolean {
  return isDeepStrictEqual({ ...a, Runtime: '' }, { ...b, Runtime: '' });
}

const POLL_MS = 500;
const SETTLE_MS = 1000;
const LAST_LINES = 20;

export function service({ docker, logins }: Engine): Resource {
  /** With it, every node can pull the image. */
  const login = (spec: Spec) => loginFor(spec.TaskTemplate.ContainerSpec?.Image ?? '', logins);
  const inspect = async (id: string) => (await docker.getService(id).inspect()) as Inspected;

  const read = (id: string, { signal }: Call) =>
    toldAtNextLook(READ, signal, () => unlessMissing(inspect(id)));

  /** The state of a service that was just made or changed. */
  async function stateOf(id: string, inputs: Properties, call: Call): Promise<Properties> {
    const found = await read(id, call);
    if (!found) throw new Error(`service ${inputs.name} is gone: it was removed meanwhile`);
    return fromEngine(found, inputs);
  }

  const tasksOf = async (id: string): Promise<Task[]> =>
    (await docker.listTasks({ filters: { service: [id] } })) as Task[];

  /** What became of the tasks that failed, to go under an error. */
  async function account(id: string, since: number): Promise<string> {
    const tasks = await tasksOf(id).catch((): Task[] => []);
    const recent = tasks
      .filter((task) => task.Status.State !== 'running')
      .filter((task) => task.Status.Err || task.DesiredState === 'running')
      .filter((task) => Date.parse(task.UpdatedAt) >= since)
      .sort((a, b) => Date.parse(b.UpdatedAt) - Date.parse(a.UpdatedAt));
    // After one that failed, the next is made ready.
    const last = recent.find((task) => task.Status.Err) ?? recent[0];
    if (!last) return '  no task tells why';
    const { State, Err, Message, ContainerStatus } = last.Status;
    const code = ContainerStatus?.ExitCode ? `, exit code ${ContainerStatus.ExitCode}` : '';
    const log = logText(await taskLog(last.ID).catch(() => Buffer.alloc(0))).trimEnd();
    return [
      `  its last task was ${State}: ${Err ?? Message ?? 'without a reason'}${code}`,
      log ? `  the task's last lines:\n${log.replace(/^/gm, '    ')}` : "  the task's log is empty",
    ].join('\n');
  }

  async function taskLog(id: string): Promise<Buffer> {
    // dockerode has this call, its types don't.
    const task = docker.getTask(id) as Docker.Task & Pick<Docker.Service, 'logs'>;
    const log: unknown = await task.logs({ stdout: true, stderr: true, tail: LAST_LINES });
    return Buffer.isBuffer(log) ? log : Buffer.alloc(0);
  }

  /** Whether as many tasks run as should, all of the present specification. */
  async function runs(found: Inspected, name: string, call: Call): Promise<boolean> {
    const { Replicated, Global } = found.Spec.Mode ?? {};
    const tasks = (await tasksOf(found.ID)).filter(
      ({ DesiredState }) => DesiredState === 'running',
    );
    const wanted = Global ? tasks.length : Number(Replicated?.Replicas ?? 0);
    const running = tasks.filter(
      ({ Status, Spec }) => Status.State === 'running' && isSameTask(Spec, found.Spec.TaskTemplate),
    );
    call.progress(`${name}: ${running.length} of ${wanted} tasks run`);
    return running.length === wanted && tasks.length === wanted;
  }

  /** Converged when it runs as it should at two looks, a moment apart. */
  function converged(id: string, name: string, call: Call): () => Promise<true | undefined> {
    let since: number | undefined;
    return async () => {
      const found = await inspect(id);
      const state = found.UpdateStatus?.State;
      const message = found.UpdateStatus?.Message;
      if (state === 'rollback_completed') {
        throw new Error(`service rollback completed: ${message}`);
      }
      if (state === 'paused') throw new Error(`service update paused: ${message}`);
      if (state === 'rollback_paused') throw new Error(`service rollback paused: ${message}`);
      if (state === 'completed') return true;
      const isRight = (await runs(found, name, call)) && state === undefined;
      since = isRight ? (since ?? Date.now()) : undefined;
      return since !== undefined && Date.now() - since >= SETTLE_MS ? true : undefined;
    };
  }

  async function converge(
    id: string,
    inputs: Properties,
    call: Call,
    delay = (time(inside(inputs.convergeConfig).delay) ?? 0) / 1e6,
  ): Promise<void> {
    if (!inputs.convergeConfig) return;
    const timeout = time(inside(inputs.convergeConfig).timeout) ?? 0;
    const conf = { ...CONVERGENCE, delay, timeout: timeout / 1e6 };
    const begun = Date.now();
    const name = String(inputs.name);
    const why = async (reason: string) =>
      new Error(`${reason}\n  service ${name}:\n${await account(id, begun)}`);
    const done = await toldAtNextLook(conf, call.signal, () =>
      waitFor(conf.timeout, call.signal, converged(id, name, call), POLL_MS),
    ).catch(async (error: Error) => {
      throw call.signal.aborted ? error : await why(error.message);
    });
    if (!done) {
      throw await why(`Service with ID (${id}) did not converge after ${longDuration(timeout)}`);
    }
  }

  async function remove(id: string, state: Properties, signal: AbortSignal): Promise<void> {
    await unlessMissing(docker.getService(id).remove());
    const grace = time(inside(inside(state.taskSpec).containerSpec).stopGracePeriod) ?? 0;
    const filters = { label: [`com.docker.swarm.service.id=${id}`] };
    await waitFor(
      grace / 1e6 + 10_000,
      signal,
      async () => {
        const left = await docker.listContainers({ all: true, filters });
        return left.length === 0 ? true : undefined;
      },
      POLL_MS,
    );
  }

  return {
    type: 'docker.Service',
    schema,
    autoName: true,
    async create(inputs, call) {
      const spec = toEngine(inputs);
      const made = await docker.createService(login(spec), spec).catch((error: Error) => {
        throw creationFailed('service', inputs, error);
      });
      const { id } = made as Docker.Service & { id: string };
      try {
        await converge(id, inputs, call);
      } catch (error) {
        // Cancelled: it stays for the next update, since removing it could take long.
        if (call.signal.aborted) {
          throw new PartialFailure((error as Error).message, id, plan(schema, {}, inputs));
        }
        await remove(id, inputs, call.signal);
        throw error;
      }
      return { id, state: await stateOf(id, inputs, call) };
    },
    async read(id, state, call) {
      const found = await read(id, call);
      return found && fromEngine(found, state);
    },
    async update(id, state, inputs, call) {
      const { Version } = await inspect(id);
      const spec = toEngine(inputs);
      const change = { ...spec, version: Version?.Index };
      // dockerode takes a login here, too; its types don't have it.
      const found = docker.getService(id) as {
        update(login: Login, change: object): Promise<void>;
      };
      await found.update(login(spec), change);
      try {
        await converge(id, inputs, call, UPDATE_DELAY);
      } catch (error) {
        // The next update submits the specification again.
        throw new PartialFailure((error as Error).message, id, plan(schema, state, inputs));
      }
      return stateOf(id, inputs, call);
    },
    delete: (id, state, { signal }) => remove(id, state, signal),
  };
}
