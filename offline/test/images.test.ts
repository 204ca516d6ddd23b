// The base images keep the official ones' conventions: what the stacks and tests lean on.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

const image = (name: string, official: string) =>
  process.env[`TEST_${name.toUpperCase()}_IMAGE`] ?? official;
const postgres = image('postgres', 'postgres:17-alpine');
const prefix = `timetracker-images-test-${process.pid}`;

function docker(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    execFile('docker', args, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error);
      else resolve({ code: Number(error?.code ?? 0), output: (stdout + stderr).trim() });
    });
  });
}

describe('the database image', () => {
  const container = `${prefix}-db`;
  const volume = `${prefix}-data`;
  let folder: string;
  const sql = async (statement: string, ...options: string[]) =>
    (await docker('exec', ...options, container, 'psql', '-Atc', statement, 'hours')).output;
  const start = async (...options: string[]) => {
    const data = ['--volume', `${volume}:/var/lib/postgresql/data`];
    const { code, output } = await docker('run', '-d', '--name', container, ...data, ...options);
    assert.equal(code, 0, output);
  };
  const untilReady = async () => {
    // Over TCP: the server that only makes the cluster does not listen there.
    for (let tries = 0; tries < 100; tries++) {
      if ((await docker('exec', container, 'pg_isready', '-h', '127.0.0.1')).code === 0) return;
      await pause(100);
    }
    assert.fail((await docker('logs', container)).output);
  };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'timetracker-images-'));
    for (const name of ['secrets', 'init']) await mkdir(join(folder, name));
    await writeFile(join(folder, 'secrets', 'password'), 'with+/=\n', { mode: 0o400 });
    await writeFile(
      join(folder, 'init', '1.sql'),
      'create table t (x int); insert into t values (1);',
    );
    await writeFile(
      join(folder, 'init', '2.sh'),
      '#!/bin/sh\npsql -U "$POSTGRES_USER" -d "$POSTGRES_DB" -c "insert into t values (2)"\n',
    );
    await chmod(join(folder, 'init', '2.sh'), 0o755);
  });
  after(async () => {
    await docker('rm', '--force', '--volumes', container);
    await docker('volume', 'rm', volume);
    await rm(folder, { recursive: true });
  });

  it('makes user, database and what the init scripts add, with a password from a file', async () => {
    const settings = { POSTGRES_USER: 'owner', POSTGRES_DB: 'hours', PGUSER: 'owner' };
    await start(
      ...Object.entries(settings).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      ...['--env', 'POSTGRES_PASSWORD_FILE=/run/secrets/password'],
      ...['--volume', `${folder}/secrets:/run/secrets:ro`],
      ...['--volume', `${folder}/init:/docker-entrypoint-initdb.d:ro`],
      postgres,
    );
    if (postgres.startsWith('offline/')) {
      // Killed in the middle of it, it begins again; the official image would not.
      await docker('kill', container);
      await docker('start', container);
    }
    await untilReady();
    assert.equal(await sql('select x from t order by x'), '1\n2');
    assert.equal(await sql('show server_encoding'), 'UTF8');
  });

  it('asks for the password over the network, with scram', async () => {
    const { output } = await docker(
      ...['inspect', '-f', '{{.NetworkSettings.IPAddress}}', container],
    );
    const host = ['--env', `PGHOST=${output}`];
    assert.equal(await sql('select 5', ...host, '--env', 'PGPASSWORD=with+/='), '5');
    assert.match(await sql('select 5', ...host, '--env', 'PGPASSWORD=x'), /authentication failed/);
    assert.match(
      await sql('select rolpassword from pg_authid where rolcanlogin'),
      /^SCRAM-SHA-256/,
    );
  });

  it('stops cleanly, and runs on the same data as user postgres, read-only, without rights', async () => {
    await docker('stop', container);
    assert.match((await docker('logs', container)).output, /database system is shut down\s*$/);
    await docker('rm', container);
    const id = (await docker('run', '--rm', postgres, 'id', '-u', 'postgres')).output;
    await start(
      ...['--user', 'postgres', '--read-only', '--cap-drop', 'ALL', '--env', 'PGUSER=owner'],
      ...['--tmpfs', '/tmp', '--tmpfs', `/var/run/postgresql:uid=${id}`],
      ...[postgres, '-c', 'shared_buffers=64MB'],
    );
    await untilReady();
    assert.equal(await sql('select count(*) from t'), '2');
    assert.equal(await sql('show shared_buffers'), '64MB');
  });

  it('has the tools of a backup', async () => {
    for (const tool of ['pg_dump', 'pg_restore', 'pg_basebackup']) {
      const { code, output } = await docker('run', '--rm', postgres, tool, '--version');
      assert.equal(code, 0);
      assert.match(output, / 17\.\d+/);
    }
  });

  it('does not start without a password', async () => {
    const { code, output } = await docker('run', '--rm', postgres);
    assert.notEqual(code, 0);
    assert.match(output, /POSTGRES_PASSWORD/);
  });
});

describe('the other base images', () => {
  const inImage = async (name: string, ...command: string[]) => {
    const { code, output } = await docker('run', '--rm', name, ...command);
    assert.equal(code, 0, `${name} ${command.join(' ')}: ${output}`);
    return output;
  };

  it('have the users that the images of this repository run as', async () => {
    const node = image('node', 'node:22-alpine');
    assert.match(await inImage(node, 'id', 'node'), /^uid=1000\(node\) gid=1000\(node\)/);
    const nginx = image('nginx', 'nginx:1.28-alpine');
    assert.match(await inImage(nginx, 'id', 'nginx'), /^uid=101\(nginx\) gid=101\(nginx\)/);
  });

  it('have the programs', async () => {
    const node = image('node', 'node:22-alpine');
    assert.match(await inImage(node, 'node', '--version'), /^v22\./);
    assert.match(await inImage(node, 'npm', '--version'), /^1\d\./);
    const nginx = image('nginx', 'nginx:1.28-alpine');
    assert.match(await inImage(nginx, 'nginx', '-t'), /test is successful$/);
    assert.match(await inImage(nginx, 'curl', '--version'), /^curl /);
    const caddy = image('caddy', 'caddy:2.11-alpine');
    assert.match(await inImage(caddy, 'caddy', 'version'), /^v?2\./);
  });
});
