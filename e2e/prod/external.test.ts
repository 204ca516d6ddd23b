// A prod stack whose database somebody else runs: a PostgreSQL of the test's own, with TLS by a root of its own.
import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { selfSign } from '../../testing/acme';
import { ProdStack } from '../../testing/prod-stack';
import { failed, succeeded } from '../../testing/result';
import { docker, freePort, retry } from '../../testing/stack';

const image = process.env.TEST_POSTGRES_IMAGE ?? 'postgres:17-alpine';
const password = 'not-to-be-seen/pass+word';

describe('an external database', () => {
  const server = `timetracker-test-${process.pid}-external`;
  let stack: ProdStack;
  let folder: string;
  let url: string;
  let port: number;

  /** As who runs it. */
  const there = (...statements: string[]) =>
    docker(
      ...['exec', server, 'psql', '-p', String(port), '-U', 'postgres', '-d', 'hours'],
      ...statements.flatMap((text) => ['-qtAc', text]),
    );

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'timetracker-external-'));
    await chmod(folder, 0o755);
    // Of this host, where every container finds it.
    const format = '{{(index .IPAM.Config 0).Gateway}}';
    const address = await docker('network', 'inspect', '--format', format, 'bridge');
    const { key, certificate } = await selfSign(`IP:${address}`, 30);
    await writeFile(join(folder, 'key.pem'), key);
    await writeFile(join(folder, 'certificate.pem'), certificate);
    port = await freePort();
    const start =
      'install -o postgres -m 600 /tls/key.pem /tmp/key.pem && exec docker-entrypoint.sh postgres -c ssl=on ' +
      `-c ssl_cert_file=/tls/certificate.pem -c ssl_key_file=/tmp/key.pem -c listen_addresses=${address} -c port=${port}`;
    await docker(
      ...['run', '--detach', '--name', server, '--network', 'host'],
      ...['--env', 'POSTGRES_PASSWORD=of-the-superuser', '--env', 'POSTGRES_DB=hours'],
      ...['--volume', `${folder}:/tls:ro`, '--entrypoint', 'sh', image, '-c', start],
    );
    const answers = () =>
      there('select').then(
        () => true,
        () => false,
      );
    assert.ok(await retry(answers, 60), 'it does not start');
    await there(
      `create role tenant login createrole createdb password '${password}'`,
      'alter database hours owner to tenant',
    );
    url = `postgres://tenant:${encodeURIComponent(password)}@${address}:${port}/hours`;
    stack = await ProdStack.prepare('external');
    await stack.configure({ database: 'external' });
    await stack.mustPulumi('config', 'set', 'databaseRootCertificate', `\n${certificate}`);
    await stack.mustPulumi('config', 'set', '--secret', 'databaseUrl', url);
  });
  after(async () => {
    await stack?.remove();
    await docker('rm', '--force', '--volumes', server);
    await rm(folder, { recursive: true, force: true });
  });

  const add = async (description: string) => {
    const answer = await fetch(`${stack.url}/api/entries`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await stack.accessToken()}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        ...{ description, start: '2026-11-02T08:00:00Z', end: '2026-11-02T09:00:00Z' },
      }),
    });
    assert.equal(answer.status, 201, await answer.text());
  };
  const descriptions = () =>
    there("select string_agg(description, ',' order by description) from entries");

  it('is all that the stack needs, and its password is nowhere to be seen', async () => {
    const up = await stack.mustUp();
    assert.ok(!up.includes('not-to-be-seen'), 'in the output');
    await stack.plansNothing();
    assert.deepEqual(await stack.containers('db'), []);
    await add('of the external one');
    assert.equal(await descriptions(), 'of the external one');
    for (const tier of ['backend', 'backup']) {
      const seen =
        (await docker('service', 'inspect', stack.resource(tier))) +
        (await docker('inspect', await stack.container(tier)));
      assert.ok(!seen.includes('not-to-be-seen'), tier);
    }
    const ssl = await there(
      "select bool_and(ssl) from pg_stat_ssl join pg_stat_activity using (pid) where usename like 'app_g%'",
    );
    assert.equal(ssl, 't');
  });

  it('is in the status, and misses nothing', async () => {
    const status = await stack.npmRun('status');
    assert.match(status.output, /^ok +database +[\d.]+ MB, \d+ of \d+ connections/m);
    assert.match(status.output, /^ok +by hand +nothing seen/m);
    assert.doesNotMatch(status.output, /^BAD/m);
  });

  it('is backed up, and restored from that', async () => {
    await add('before the backup');
    succeeded(await stack.npmRun('backup'));
    await there('delete from entries');
    const restored = await stack.npmRun('restore', 'latest', '--yes');
    succeeded(restored);
    assert.equal(await descriptions(), 'before the backup,of the external one');
    assert.ok(await retry(async () => (await stack.health()) === 200, 60));
  });

  it('takes few connections, which the backends share', async () => {
    await stack.configure({ databaseConnections: '29' });
    await stack.mustUp();
    await stack.plansNothing();
    // From here on it is as good as its word; its superuser has three more.
    await there('alter database hours connection limit 26');
    assert.equal((await stack.containers('pool')).length, 2);
    const status = await stack.npmRun('status');
    assert.match(status.output, /^ok +pool +2 of 2 run, 2 healthy/m);
    assert.doesNotMatch(status.output, /^BAD/m);
    const { output, code } = await stack.npmRun('drift');
    assert.equal(code, 0, output);
  });

  it('is released and rotated under load, with no request lost', async () => {
    await stack.unnoticed('a release and a rotation beside an external database', async () => {
      await stack.changeBackend('with an external database');
      await stack.mustUp();
      succeeded(await stack.npmRun('rotate', '--yes'));
    });
    const roles =
      "select string_agg(rolname, ' ' order by rolname) from pg_roles where rolname like 'app%'";
    assert.equal(await there(roles), 'app app_g1 app_g2');
  });

  it('has another password when both sides say so, and what runs serves on meanwhile', async () => {
    await stack.unnoticed("the owner's password is changed there, then here", async () => {
      await there("alter role tenant password 'another, not-to-be-seen'");
      const { host, pathname } = new URL(url);
      const other = `postgres://tenant:${encodeURIComponent('another, not-to-be-seen')}@${host}${pathname}`;
      await stack.mustPulumi('config', 'set', '--secret', 'databaseUrl', other);
      await stack.mustUp();
    });
    await add('with the other password');
    await stack.plansNothing();
  });

  it('is upgraded, reindexed and filled by who runs it: these commands say so', async () => {
    for (const words of [['upgrade'], ['reindex'], ['adopt', '--from-dump', 'data.dump']]) {
      const refused = await stack.npmRun(
        ...(words as [string]),
        ...(words[0] === 'reindex' ? [] : ['--yes']),
      );
      failed(refused, /Somebody else runs the database of stack .*, and this is done there: /);
    }
  });

  it('that is not who its certificate says, or can not be reached, is a red plan, and nothing is changed', async () => {
    const before = await stack.release();
    await stack.unnoticed('a databaseUrl that leads nowhere', async () => {
      const config = await stack.mustPulumi('config', 'get', 'databaseUrl');
      await stack.mustPulumi(
        'config',
        'set',
        '--secret',
        'databaseUrl',
        'postgres://tenant:p@127.0.0.1:1/hours',
      );
      const { code, output } = await stack.up();
      assert.notEqual(code, 0);
      assert.match(
        output,
        /can't be reached: connection to server at "127\.0\.0\.1", port 1 failed/,
      );
      await stack.mustPulumi('config', 'set', '--secret', 'databaseUrl', config.trim());
      await stack.mustUp();
    });
    assert.equal(await stack.liveRelease(), before);
    await stack.plansNothing();
  });
});
