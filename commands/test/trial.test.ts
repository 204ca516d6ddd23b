import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { endsOf, registryAuth, verdictOf } from '../trial';

const task = (State: string, Err?: string, ExitCode?: number) => ({
  Status: {
    State,
    ...(Err && { Err }),
    ContainerStatus: ExitCode === undefined ? {} : { ExitCode },
  },
});

describe('the task by which a server is tried', () => {
  it('may take a while: less to be given to the server than to have its image there', () => {
    assert.equal(verdictOf(undefined, 59), 'not yet');
    assert.equal(verdictOf(task('pending'), 59), 'not yet');
    assert.equal(verdictOf(task('preparing'), 600), 'not yet');
    assert.equal(verdictOf(task('running'), 619), 'not yet');
    assert.equal(
      verdictOf(task('pending', 'no suitable node'), 60),
      'no task starts there within 60 s, it is pending: no suitable node',
    );
    assert.equal(
      verdictOf(task('preparing'), 620),
      'no task starts there within 620 s, it is preparing',
    );
  });

  it('asks the database over the network between servers; with an external one the backend, too', () => {
    const own = ['PORT=3000', 'DATABASE_HOST=db', 'DATABASE_PORT=5432'];
    assert.deepEqual(endsOf(own), ['db 5432']);
    const external = ['PORT=3000', 'DATABASE_HOST=pg.example', 'DATABASE_PORT=6432'];
    assert.deepEqual(endsOf([...external, 'DATABASE_EXTERNAL=true']), [
      'backend 3000',
      'pg.example 6432',
    ]);
  });

  it('brings the login to the registry, padded as the engine wants it', () => {
    const login = { username: 'deploy', password: '~~~???', server: 'r.example' };
    const auth = registryAuth(login);
    assert.match(auth, /^[\w-]+=*$/);
    assert.equal(auth.length % 4, 0);
    assert.deepEqual(JSON.parse(Buffer.from(auth, 'base64url').toString()), {
      ...{ username: 'deploy', password: '~~~???', serveraddress: 'r.example' },
    });
  });

  it('reaches the database, and all is well', () =>
    assert.equal(verdictOf(task('complete', undefined, 0), 5), undefined));

  it('says what is to be mended', () => {
    assert.equal(
      verdictOf(task('rejected', 'No such image'), 5),
      "it can't have the stack's images: No such image. Its engine must reach the registry and trust its certificate",
    );
    assert.match(verdictOf(task('failed', 'exit', 3), 25) ?? '', /^it finds no name.* 7946\/udp/);
    assert.match(
      verdictOf(task('failed', 'exit', 4), 25) ?? '',
      /does not answer: 4789\/udp .*ESP/,
    );
    assert.match(verdictOf(task('failed', 'exit', 5), 25) ?? '', /that databaseUrl names does not/);
    assert.equal(
      verdictOf(task('failed', 'task: non-zero exit (137)', 137), 5),
      'a task does not run there: task: non-zero exit (137)',
    );
  });
});
