// Moving in: a real compose deployment, of the same application on the same images, becomes a stack under load.
// Simulated: Alpine's database, since this host may have Debian's image alone. It sorts by ICU's German, so by another
// order than the stack, and tells no version of its collations, as musl's doesn't.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Compose } from '../../bench/compose/compose';
import { hashPassword } from '../../infra/credentials';
import { ProdStack } from '../../testing/prod-stack';
import { refused, succeeded } from '../../testing/result';
import { docker, retry } from '../../testing/stack';
import { Witness } from '../../testing/witness';

/** Rows that the old deployment has, to measure with: ROWS=1000000. */
const rows = Number(process.env.ROWS ?? 5_000);
/** They sort otherwise by language than by code point. */
const texts = [
  'Zebra',
  'apfel',
  'Äpfel',
  'Apfel',
  'éclair',
  'Eclair',
  '_under',
  '-dash',
  'straße',
  'Strasse',
  '日本',
  'ﬁ',
];
/** Their names are one, whatever their case. */
const projects = texts.filter((text) => text !== 'Apfel');

describe('moving in from docker compose', () => {
  let stack: ProdStack;
  let compose: Compose;
  let folder: string;

  const container = (service: string) => `${compose.project}-${service}-1`;
  const old = (statement: string, database = 'timetracker') =>
    docker(
      ...['exec', container('db'), 'psql', '-U', 'timetracker', '-d', database, '-qtA'],
      ...['-v', 'ON_ERROR_STOP=1', '-c', statement],
    );
  const now = (statement: string) =>
    stack.inTier('db', 'psql', '-U', 'timetracker', '-d', 'timetracker', '-qtAc', statement);
  const adopt = (...words: string[]) => stack.npmRun('adopt', ...words, '--yes');
  const move = () => adopt('--from-compose', compose.project);
  const runs = async (service: string) =>
    (await docker('inspect', '-f', '{{.State.Running}}', container(service))) === 'true';
  const serves = () =>
    retry(async () => (await stack.logIn().catch(() => undefined))?.status === 200, 60);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'timetracker-adopt-'));
    stack = await ProdStack.prepare('adopt');
    compose = await Compose.of(stack, hashPassword(stack.password, randomBytes(16)));
    succeeded(await compose.up('db'));
    await old('DROP DATABASE timetracker', 'postgres');
    await old(
      "CREATE DATABASE timetracker TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de'",
      'postgres',
    );
    await old('UPDATE pg_database SET datcollversion = NULL', 'postgres');
    succeeded(await compose.up('--build'));
    await old(
      `INSERT INTO projects (name, color) SELECT text, '#000000' FROM unnest(ARRAY['${projects.join("','")}']) AS text`,
    );
    await old(`INSERT INTO tags SELECT unnest(ARRAY['${texts.join("','")}'])`);
    await old(`INSERT INTO entries (id, start_at, end_at, description, source_ref, project_id)
      SELECT gen_random_uuid(), at, at + interval '1 hour', md5(i::text) || ' ' || (ARRAY['${texts.join("','")}'])[1 + i % ${texts.length}], i,
        (SELECT id FROM projects ORDER BY id LIMIT 1)
      FROM generate_series(1, ${rows}) AS i, LATERAL (SELECT now() - i * interval '1 minute') AS t (at)`);
  });
  after(async () => {
    await compose?.down();
    await stack?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  it('refuses what it can not carry, before anything is touched', async () => {
    refused(
      await adopt('--from-compose', 'no-such'),
      /There is no compose project no-such/,
      compose.project,
    );
    refused(
      await adopt('--from-compose', compose.project, '--service', 'cache'),
      /has no service cache; it has .*db/,
    );
    refused(await adopt('--from-compose', compose.project, '--back'), /Say one of --from-compose/);
    refused(await adopt('--back'), /nothing to go back to/);
    refused(await adopt('--finish'), /has taken over from no other deployment/);
    refused(await stack.npmRun('adopt', '--from-compose', compose.project), /add --yes/);
    await old('CREATE TABLE of_somebody (i int)');
    refused(await move(), /no migration of this program made:\s+TABLE public of_somebody/);
    await old('DROP TABLE of_somebody');
    await old("INSERT INTO schema_migrations (name, checksum) VALUES ('999_later.sql', 'x')");
    refused(await move(), /newer than this program \(999_later\.sql\)/);
    await old("DELETE FROM schema_migrations WHERE name = '999_later.sql'");
    const plain = join(folder, 'plain.sql');
    await writeFile(plain, 'SELECT 1;');
    refused(await adopt('--from-dump', plain), /is no dump in the custom format/);
    refused(await adopt('--from-dump', join(folder, 'none')), /There is no file/);
    assert.equal(await docker('service', 'ls', '-q', '--filter', `name=${stack.resource('')}`), '');
    assert.ok(await runs('backend'));
  });

  it('takes the data over in a short switch, and every acknowledged write is there once', async () => {
    const order = (await old('SELECT name FROM tags ORDER BY name')).split('\n');
    let output = '';
    const testimony = await Witness.during(
      stack.url,
      stack.password,
      async () => {
        const moved = await move();
        succeeded(moved);
        output = moved.output;
      },
      async () => (await now('SELECT description FROM entries')).split('\n'),
    );
    console.log(
      `${rows} rows: ${/The switch: .*/.exec(output)?.[0]} ${/The page was away for [\d.]+ s/.exec(output)?.[0]}; ` +
        `a client that writes without a pause: ${testimony.acknowledged} acknowledged, ${testimony.failed} attempts failed, ` +
        `the longest pause ${testimony.longestPauseMs} ms`,
    );
    assert.deepEqual(testimony.lost, []);
    assert.deepEqual(testimony.doubled, []);
    assert.ok(testimony.longestPauseMs < 120_000);
    assert.match(output, /sorted by ICU de/);
    assert.match(output, /everybody logs in again/);
    assert.equal(await runs('backend'), false);
    assert.equal(await runs('db'), false);
    await stack.plansNothing();

    // Another order, and each index is right in it.
    assert.equal(
      await now("SELECT count(*) FROM entries WHERE description !~ '^witness '"),
      String(rows),
    );
    const tags = (await now('SELECT name FROM tags ORDER BY name')).split('\n');
    assert.notDeepEqual(tags, order);
    assert.deepEqual([...tags].sort(), [...order].sort());
    for (const text of texts)
      assert.equal(
        await now(
          `SET enable_seqscan = off; SELECT count(*) FROM projects WHERE lower(name) = lower('${text}')`,
        ),
        '1',
        text,
      );
    await now('CREATE EXTENSION amcheck');
    await now(`SELECT bt_index_check(indexrelid, true) FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
      JOIN pg_am ON pg_am.oid = relam WHERE amname = 'btree' AND relnamespace = 'public'::regnamespace`);
    await now('DROP EXTENSION amcheck');
    const reindexed = await stack.npmRun('reindex');
    assert.match(reindexed.output, /nothing to do/);
  });

  it('says that it has moved already, and lets nothing else begin', async () => {
    const again = await move();
    succeeded(again);
    refused(await adopt('--from-compose', 'another'), /A move from .*-compose is under way/);
  });

  it('goes back, and keeps what was written meanwhile', async () => {
    await now(`INSERT INTO entries (id, start_at, end_at, description, source_ref)
      VALUES (gen_random_uuid(), now(), now(), 'written after the move', 'x')`);
    const before = await old('SELECT 1').catch(() => 'stopped');
    assert.equal(before, 'stopped');
    const back = await adopt('--back');
    succeeded(back);
    console.log(/.* serves again, after [\d.]+ s/.exec(back.output)?.[0]);
    const backup = /is in backup (\S+) /.exec(back.output)?.[1];
    assert.ok(backup);
    assert.ok(await serves());
    assert.ok(await runs('frontend'));
    assert.equal(
      await docker('inspect', '-f', '{{.HostConfig.RestartPolicy.Name}}', container('backend')),
      'unless-stopped',
    );
    assert.equal(
      await old("SELECT count(*) FROM entries WHERE description = 'written after the move'"),
      '0',
    );
    const list = await docker(
      ...['exec', '--user=postgres', await stack.container('backup'), 'sh', '-c'],
      `pg_restore --data-only --table=entries --file=- /backups/${backup} | grep -c 'written after the move'`,
    );
    assert.equal(list, '1');
    refused(await adopt('--back'), /serves, and was not stopped/);
  });

  it('goes on after it was killed at any moment, with all of before or all of after', async () => {
    const testimony = await Witness.during(
      stack.url,
      stack.password,
      async () => {
        for (const [when, most] of [
          [/is brought up beside|copied a first time/, 30_000],
          [/The switch: /, 1000],
          [/The switch: |goes on/, 6000],
          [/The switch: |goes on/, 15_000],
        ] as const) {
          const killed = await killedAfter(when, Math.random() * most);
          console.log(`killed ${killed}`);
        }
        succeeded(await move());
      },
      async () => (await now('SELECT description FROM entries')).split('\n'),
    );
    console.log(
      `killed four times: ${testimony.acknowledged} acknowledged, the longest pause ${testimony.longestPauseMs} ms`,
    );
    assert.deepEqual(testimony.lost, []);
    assert.deepEqual(testimony.doubled, []);
    await stack.plansNothing();
    assert.equal(await runs('backend'), false);
  });

  it('is finished when a person says so, and removes nothing', async () => {
    const finished = await adopt('--finish');
    succeeded(finished);
    const volume = `${compose.project}_data`;
    assert.ok(finished.output.includes(`docker compose -p ${compose.project} down --volumes`));
    assert.ok(finished.output.includes(`docker volume rm ${volume}`));
    assert.equal(await docker('volume', 'ls', '-q', '--filter', `name=${volume}`), volume);
    refused(await adopt('--back'), /nothing to go back to/);
    refused(await adopt('--finish'), /or its move is finished/);
    refused(await move(), /./);
    assert.ok(await serves());
  });

  /** Starts the move, and kills it so many milliseconds after it said something. Returns what it had said last. */
  function killedAfter(when: RegExp, milliseconds: number): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = spawn(
        'node',
        stack.npmWords('adopt', '--from-compose', compose.project, '--yes'),
        {
          cwd: stack.folder,
          env: stack.environment,
          detached: true,
        },
      );
      let output = '';
      let isTimed = false;
      const read = (chunk: Buffer) => {
        output += chunk.toString();
        if (isTimed || !when.test(output)) return;
        isTimed = true;
        void pause(milliseconds).then(() => {
          if (child.pid !== undefined && child.exitCode === null)
            process.kill(-child.pid, 'SIGKILL');
        });
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.on('error', reject);
      child.on('close', () =>
        resolve(
          `${Math.round(milliseconds)} ms after ${when}: ${output.trim().split('\n').at(-1)}`,
        ),
      );
    });
  }
});
