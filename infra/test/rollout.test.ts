import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accountOf, failedTask, type Service, type Task, verdictOf } from '../workload/rollout';

/** A service as the engine tells it: at a version, with the state of its last update. */
function service(index: number, state?: string, started = 'now', replicas = 2): Service {
  return {
    Version: { Index: index },
    Spec: {
      Name: 'timetracker-prod-backend',
      TaskTemplate: { image: 'new', Runtime: 'container' },
      Mode: { Replicated: { Replicas: replicas } },
    },
    ...(state && {
      UpdateStatus: { State: state, StartedAt: started, Message: 'update in progress' },
    }),
  };
}

/** One task of it. */
function task(state: string, image = 'new', more: Partial<Task> & { Err?: string } = {}): Task {
  const { Err, ...rest } = more;
  return {
    ID: `${state}-${image}`,
    UpdatedAt: '2026-11-27T12:00:00Z',
    DesiredState: 'running',
    Spec: { image },
    Status: { State: state, ...(Err && { Err }) },
    ...rest,
  };
}

const running = [task('running'), task('running')];

describe('a service that is new', () => {
  const verdict = (tasks: readonly Task[]) => verdictOf(service(10), tasks, undefined);

  it('is done with its last task', () => {
    assert.deepEqual(verdict([]), { is: 'going', text: '0 of 2 tasks run' });
    assert.deepEqual(verdict([task('running'), task('starting')]), {
      is: 'going',
      text: '1 of 2 tasks run',
    });
    assert.deepEqual(verdict(running), { is: 'done' });
  });
  it('does not count tasks that are to end', () =>
    assert.deepEqual(
      verdict([task('running'), task('running', 'new', { DesiredState: 'shutdown' })]),
      { is: 'going', text: '1 of 2 tasks run' },
    ));
  it('is done on every node, where it is to be everywhere', () => {
    const { Spec, ...rest } = service(10);
    const everywhere = { ...rest, Spec: { ...Spec, Mode: { Global: {} } } };
    const text = (tasks: readonly Task[]) => verdictOf(everywhere, tasks, undefined);
    assert.deepEqual(text([]), { is: 'going', text: '0 of 1 tasks run' });
    assert.deepEqual(text([task('running'), task('preparing')]), {
      is: 'going',
      text: '1 of 2 tasks run',
    });
    assert.deepEqual(text([...running, task('running')]), { is: 'done' });
  });
  it('is done without a task where none is wanted', () =>
    assert.deepEqual(verdictOf(service(10, undefined, '', 0), [], undefined), { is: 'done' }));
});

describe('a service that this up changes', () => {
  const before = service(10);

  it('is not done while tasks of before run', () =>
    assert.deepEqual(verdictOf(service(11), [task('running'), task('running', 'old')], before), {
      is: 'going',
      text: '1 of 2 tasks run',
    }));
  it('may be about to begin while Swarm has not said that it updates', () =>
    assert.deepEqual(verdictOf(service(11), running, before), {
      is: 'settling',
      text: '2 of 2 tasks run',
    }));
  it('is done when Swarm says so, and not before', () => {
    assert.equal(verdictOf(service(12, 'updating'), running, before).is, 'going');
    assert.equal(verdictOf(service(13, 'completed'), running, before).is, 'done');
  });
  for (const [state, said] of [
    ['rollback_completed', 'service rollback completed: update in progress'],
    ['paused', 'service update paused: update in progress'],
    ['rollback_paused', 'service rollback paused: update in progress'],
  ])
    it(`has failed when Swarm says ${state}`, () =>
      assert.deepEqual(verdictOf(service(13, state), running, before), {
        is: 'failed',
        text: said,
      }));
  it('is waited for while it is rolled back', () =>
    assert.equal(verdictOf(service(12, 'rollback_started'), running, before).is, 'going'));
});

describe('a service with an update of earlier', () => {
  it('is not blamed for it, nor done by it', () => {
    const before = service(10, 'rollback_completed', 'yesterday');
    assert.equal(verdictOf(before, [], before).is, 'done');
    assert.equal(verdictOf(service(11, 'rollback_completed', 'yesterday'), [], before).is, 'going');
    const well = service(10, 'completed', 'yesterday');
    assert.equal(
      verdictOf(service(11, 'completed', 'yesterday'), [task('running', 'old')], well).is,
      'going',
    );
  });
  it('is not waited for if this up does not touch it', () =>
    assert.equal(verdictOf(service(10), [], service(10)).is, 'done'));
  it('is waited for if it still goes on, as after an up that was interrupted', () => {
    const rolling = service(10, 'updating');
    assert.equal(verdictOf(rolling, [], rolling).is, 'going');
  });
});

describe('what is told of a service that failed', () => {
  it('is the last task that failed, before one that is made ready after it', () => {
    const last = task('failed', 'new', { UpdatedAt: '2026-11-27T12:00:05Z', Err: 'exit' });
    const tasks = [
      task('failed', 'new', { UpdatedAt: '2026-11-27T12:00:01Z', Err: 'earlier' }),
      last,
      task('preparing', 'new', { UpdatedAt: '2026-11-27T12:00:06Z' }),
      task('running', 'old', { UpdatedAt: '2026-11-27T12:00:07Z' }),
    ];
    assert.equal(failedTask(tasks), last);
    assert.equal(failedTask([task('running')]), undefined);
  });
  it('is the one that did not get healthy, and exited with 0 when it was ended for that', () => {
    const unhealthy = task('complete', 'new', {
      ...{ DesiredState: 'shutdown', UpdatedAt: '2026-11-27T12:00:03Z' },
    });
    const longAgo = task('failed', 'old', { Err: 'it crashed', DesiredState: 'shutdown' });
    const rolledBack = task('shutdown', 'new', {
      ...{ DesiredState: 'shutdown', UpdatedAt: '2026-11-27T12:00:05Z' },
    });
    assert.equal(failedTask([task('running', 'old'), longAgo, rolledBack, unhealthy]), unhealthy);
    assert.equal(
      accountOf(unhealthy, 'no database\n'),
      '  its last task ended with exit code 0: by itself, or because it did not get healthy\n' +
        "  the task's last lines:\n    no database",
    );
  });
  it('is how it ended, and the end of its log', () => {
    const failed: Task = {
      ...task('failed'),
      Status: { State: 'failed', Err: 'task: non-zero exit', ContainerStatus: { ExitCode: 3 } },
    };
    assert.equal(
      accountOf(failed, 'one\ntwo\n'),
      "  its last task was failed: task: non-zero exit, exit code 3\n  the task's last lines:\n    one\n    two",
    );
    assert.equal(
      accountOf(task('pending'), ''),
      "  its last task was pending: without a reason\n  the task's log is empty",
    );
    assert.equal(accountOf(undefined, ''), '  no task tells why');
    const Err = 'No such image: r.example/backend@sha256:1';
    assert.equal(
      accountOf(task('rejected', 'new', { Err }), '', 'two'),
      `  its last task was rejected: ${Err}\n` +
        '  two could not fetch it: whether its disk is full, and whether the registry is in its reach, say ' +
        "npm run nodes -- --disks and its engine’s log\n  the task's log is empty",
    );
    const full = 'error while removing network: unknown network web';
    assert.equal(
      accountOf(task('failed', 'new', { Err: full }), '', 'two'),
      `  its last task was failed: ${full}\n` +
        '  two could not run it, and this failed when the rest was taken away: why, says its engine’s log; whether its ' +
        "disk is full, npm run status, and of other servers npm run nodes -- --disks\n  the task's log is empty",
    );
    const space = 'mkdir /x: no space left on device';
    assert.equal(
      accountOf(task('rejected', 'new', { Err: space }), '', 'two'),
      `  its last task was rejected: ${space}\n  it is the disk of two\n  the task's log is empty`,
    );
  });
});

describe('a service that is needed, and that this up does not touch', () => {
  const verdict = (tasks: readonly Task[], state?: string) =>
    verdictOf(service(10, state), tasks, service(10, state), true);

  it('is waited for until its tasks run', () => {
    assert.deepEqual(verdict([task('running'), task('pending')]), {
      is: 'going',
      text: '1 of 2 tasks run',
    });
    assert.deepEqual(verdict(running), { is: 'done' });
  });

  it('is not blamed for what became of it earlier', () =>
    assert.deepEqual(verdict(running, 'rollback_completed'), { is: 'done' }));
});
