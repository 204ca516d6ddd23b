// Whether a Swarm service does what was declared, by the engine's own word, and the error of an `up` if it doesn't. The
// provider can wait for that, too (convergeConfig), but looks after 7 s, then every 5 s; at a new one after 1, 6 and 16 s.
import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import * as pulumi from '@pulumi/pulumi';
import { tryDocker } from '../../host/docker';
import { EngineApi, type Task as EngineTask } from '../../host/engine-api';
import { paperVariable } from '../names';
import type { WorkloadSpec } from './spec';

/** Of the engine's answer, what is read here: https://docs.docker.com/reference/api/engine/, ServiceInspect. */
export interface Service {
  readonly Version: { readonly Index: number };
  readonly Spec: {
    readonly Name: string;
    readonly TaskTemplate: object;
    readonly Mode?: {
      readonly Replicated?: { readonly Replicas?: number };
      readonly Global?: object;
    };
  };
  /** Of the last update; none before the first, and none for a moment when one begins. */
  readonly UpdateStatus?: {
    readonly State?: string;
    readonly StartedAt?: string;
    readonly Message?: string;
  };
}

/** The same of TaskList. */
export type Task = Pick<
  EngineTask,
  'ID' | 'NodeID' | 'UpdatedAt' | 'DesiredState' | 'Spec' | 'Status'
>;

export type Verdict =
  | { readonly is: 'done' }
  /** It looks done, but an update may be about to begin. */
  | { readonly is: 'settling'; readonly text: string }
  | { readonly is: 'going'; readonly text: string }
  | { readonly is: 'failed'; readonly text: string };

/** What Swarm calls the end of an update that failed, and what is said of it. */
const failures: Readonly<Record<string, string>> = {
  rollback_completed: 'rollback completed',
  paused: 'update paused',
  rollback_paused: 'rollback paused',
};

/**
 * How a service is doing.
 *
 * @param before as it was when the `up` began; undefined, if it is new. One that this `up` did not touch is not waited
 * for, nor blamed for what became of it earlier.
 * @param isNeeded what comes next needs its tasks: they are waited for all the same
 */
export function verdictOf(
  service: Service,
  tasks: readonly Task[],
  before: Service | undefined,
  isNeeded = false,
): Verdict {
  const { State: state = '', Message: message, StartedAt: started } = service.UpdateStatus ?? {};
  const isRolling = state === 'updating' || state === 'rollback_started';
  const isUntouched = before?.Version.Index === service.Version.Index && !isRolling;
  if (isUntouched && !isNeeded) return { is: 'done' };
  const isOldStory =
    before?.UpdateStatus !== undefined && before.UpdateStatus.StartedAt === started;
  const failure = failures[state];
  if (failure && !isOldStory && !isUntouched)
    return { is: 'failed', text: `service ${failure}: ${message}` };
  if (state === 'completed' && !isOldStory) return { is: 'done' };

  const { Replicated, Global } = service.Spec.Mode ?? {};
  const current = tasks.filter(({ DesiredState }) => DesiredState === 'running');
  // Everywhere: Swarm makes a task for each node, at once.
  const wanted = Global ? Math.max(1, current.length) : (Replicated?.Replicas ?? 0);
  const running = current.filter(
    ({ Status, Spec }) => Status.State === 'running' && isSameTask(Spec, service.Spec.TaskTemplate),
  );
  const text = `${running.length} of ${wanted} tasks run`;
  if (isRolling || running.length < wanted || current.length > wanted) return { is: 'going', text };
  return before === undefined || isUntouched ? { is: 'done' } : { is: 'settling', text };
}

/** The engine tells the runtime of a service, but not of its tasks. */
function isSameTask(one: object, other: object): boolean {
  return isDeepStrictEqual({ ...one, Runtime: '' }, { ...other, Runtime: '' });
}

/**
 * The task that tells why a service does not run: the last one that failed or ended, else the last that should run. One
 * that never gets healthy is ended by Swarm, and where its program exits with 0 then, that is no error to it.
 */
export function failedTask(tasks: readonly Task[]): Task | undefined {
  const recent = tasks
    .filter(({ Status }) => Status.State !== 'running')
    .sort((a, b) => Date.parse(b.UpdatedAt) - Date.parse(a.UpdatedAt));
  return (
    recent.find(({ Status }) => Status.Err || Status.State === ended) ??
    recent.find(({ DesiredState }) => DesiredState === 'running')
  );
}

/** What Swarm leaves out where an image could not be fetched, or a task not be made: the server, and why. */
function reasonsOf(error: string, node: string): string[] {
  if (error.startsWith('No such image'))
    return [
      `  ${node} could not fetch it: whether its disk is full, and whether the registry is in its reach, say ` +
        'npm run nodes -- --disks and its engine’s log',
    ];
  // The last word of an engine that has no room to make it.
  if (error.startsWith('error while removing network'))
    return [
      `  ${node} could not run it, and this failed when the rest was taken away: why, says its engine’s log; whether its ` +
        'disk is full, npm run status, and of other servers npm run nodes -- --disks',
    ];
  return error.includes('no space left on device') ? [`  it is the disk of ${node}`] : [];
}

/** What Swarm calls a task whose program exited with 0; one that is not wanted any more is `shutdown`. */
const ended = 'complete';

/**
 * What became of a task, and the end of its log, to go under an error.
 *
 * @param node the name of the server where it was to be
 */
export function accountOf(task: Task | undefined, log: string, node = 'its server'): string {
  if (!task) return '  no task tells why';
  const { State, Err, Message, ContainerStatus } = task.Status;
  const code = ContainerStatus?.ExitCode ? `, exit code ${ContainerStatus.ExitCode}` : '';
  const lines = log.trimEnd();
  return [
    State === ended && !Err
      ? '  its last task ended with exit code 0: by itself, or because it did not get healthy'
      : `  its last task was ${State}: ${Err ?? Message ?? 'without a reason'}${code}`,
    ...reasonsOf(Err ?? '', node),
    lines
      ? `  the task's last lines:\n${lines.replace(/^/gm, '    ')}`
      : "  the task's log is empty",
  ].join('\n');
}

const everyMs = 250;
const settleMs = 1000;

/** The services of one engine, as they come to do what was declared. */
export class Rollouts {
  private readonly api: EngineApi;
  private readonly isWatching = !pulumi.runtime.isDryRun() && !process.env[paperVariable];
  /** As they were before anything was changed. */
  private readonly before: Promise<ReadonlyMap<string, Service>>;

  constructor(private readonly address: string) {
    this.api = new EngineApi(address);
    this.before = this.isWatching ? this.all() : Promise.resolve(new Map());
    // Told by whoever waits for a service.
    this.before.catch(() => undefined);
  }

  private async all(): Promise<ReadonlyMap<string, Service>> {
    const services = (await this.api.ask('GET', '/services')) as readonly Service[];
    return new Map(services.map((service) => [service.Spec.Name, service]));
  }

  /**
   * Waits until a service, once the provider has made or changed it, runs as declared. In a preview it does not.
   *
   * @throws pulumi.RunError with what its last task said, if it was rolled back or takes longer than that
   */
  async healthy(
    service: pulumi.CustomResource,
    name: string,
    { waitSeconds: seconds, isNeeded }: Pick<WorkloadSpec, 'waitSeconds' | 'isNeeded'>,
  ): Promise<void> {
    if (!this.isWatching) return;
    const before = (await this.before).get(name);
    await new Promise<void>((resolve) => service.id.apply(() => resolve()));
    const begun = Date.now();
    let settledSince: number | undefined;
    let told = '';
    for (;;) {
      const [found, tasks] = await this.look(name);
      const verdict = verdictOf(found, tasks, before, isNeeded);
      if (verdict.is === 'done') return;
      if (verdict.is === 'failed') throw await this.failure(name, verdict.text);
      settledSince = verdict.is === 'settling' ? (settledSince ?? Date.now()) : undefined;
      if (settledSince !== undefined && Date.now() - settledSince >= settleMs) return;
      if (Date.now() - begun > seconds * 1000)
        throw await this.failure(name, `${verdict.text} after ${seconds} s`);
      if (verdict.text !== told)
        void pulumi.log.info(`${name}: ${verdict.text}`, service, undefined, true);
      told = verdict.text;
      await pause(everyMs);
    }
  }

  private async look(name: string): Promise<[Service, readonly Task[]]> {
    const service = (await this.api.ask('GET', `/services/${name}`)) as Service;
    return [service, await this.api.tasks({ service: [name] })];
  }

  private async failure(name: string, text: string): Promise<Error> {
    const [, tasks] = await this.look(name);
    const task = failedTask(tasks);
    const log =
      task &&
      (await tryDocker([
        ...['--host', this.address, 'service', 'logs', '--raw', '--tail', '20'],
        task.ID,
      ]));
    const node = await this.nodeOf(task);
    return new pulumi.RunError(`${name}: ${text}\n${accountOf(task, log?.output ?? '', node)}`);
  }

  private async nodeOf(task: Task | undefined): Promise<string | undefined> {
    if (!task?.NodeID) return undefined;
    const inspect = ['node', 'inspect', '--format', '{{.Description.Hostname}}', task.NodeID];
    const found = await tryDocker(['--host', this.address, ...inspect]);
    return found.ok ? found.stdout.trim() : undefined;
  }
}
