// PostgreSQL moves on: a minor version by a plain `up`, a major one by `npm run upgrade`, and the way back.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { linesOf } from '../../host/docker';
import { changedPostgres, livePostgres, nextPostgres } from '../../testing/next-postgres';
import { ProdStack } from '../../testing/prod-stack';
import { failed, refused, succeeded } from '../../testing/result';
import { command, docker, retry } from '../../testing/stack';
import { Witness } from '../../testing/witness';

/** In letters that a dump could spoil. */
const named = ['of Ada: Größe, "quoted", \\t, 日本', "of Bo: it's 3 € 🙂"];
const entries = `
  insert into projects (name, color) values ('a project', '#336699');
  insert into tags (name) values ('größe'), ('日本');
  ${named
    .map(
      (description) =>
        `insert into entries (id, start_at, end_at, description, source_ref) select id, now() - interval '1 hour', now(), $$${description}$$, id from gen_random_uuid() as id`,
    )
    .join(';')}`;
/** Up to when it is killed: somewhere in the plan, the backup, the copying; in the plan's act. */
const moments = [
  ['a new database', 2000],
  ['dump and restore', 3000],
  ['Updating', 30_000],
] as const;

describe('PostgreSQL', () => {
  let stack: ProdStack;
  let next: string;
  /** Another image of the same version: two minor versions can't be had everywhere. */
  let minor: string;
  let lacking: string;
  before(async () => {
    next = await nextPostgres();
    stack = await ProdStack.prepare('upgrade');
    const repository = stack.resource('postgres');
    minor = await changedPostgres(
      livePostgres,
      `${repository}:17.99`,
      'LABEL timetracker.test=moved',
    );
    lacking = await changedPostgres(
      next,
      `${repository}:18.99`,
      'USER root\nRUN find / -xdev -name pg_trgm.control -delete',
    );
    await stack.mustUp();
  });
  after(async () => {
    await stack?.remove();
    await command('docker', ['image', 'rm', minor, lacking]);
  });

  const owner = (statement: string) =>
    stack.inTier('db', 'psql', '-U', 'timetracker_owner', '-d', 'timetracker', '-qtAc', statement);
  const version = async () =>
    Number(await owner("select current_setting('server_version_num')")) / 10_000;
  const major = async () => Math.floor(await version());
  const descriptions = async () =>
    linesOf(await owner('select description from entries order by 1'));
  const setImage = (image: string) =>
    stack.mustPulumi('config', 'set', '--path', 'images.postgres', image);

  /** Starts an upgrade and kills it, with all that it runs, at a moment after it says something. */
  const killed = async (when: string, most: number) => {
    const child = spawn('node', stack.npmWords('upgrade', next, '--yes'), {
      cwd: stack.folder,
      env: stack.environment,
      detached: true,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    assert.ok(await retry(async () => said.includes(when) || child.exitCode !== null, 120), said);
    const milliseconds = Math.round(most * Math.random());
    await pause(milliseconds);
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    console.log(`killed ${milliseconds} ms after "${when}"`);
  };

  it('goes to a minor version by a plain up, which says that the database restarts', async () => {
    await setImage(minor);
    const plan = await stack.mustPulumi('preview');
    assert.match(
      plan,
      /restarts the database on another image of PostgreSQL 17 .*Data stays where it is/s,
    );
    const before = await stack.container('db');
    const authorization = `Bearer ${await stack.accessToken()}`;
    const away: number[] = [];
    let isUp = false;
    const asking = (async () => {
      for (; !isUp; await pause(100)) {
        const asked = Date.now();
        const { status, headers, body } = await stack.get('/api/entries?limit=1', {
          authorization,
        });
        if (status === 200) continue;
        away.push(asked, Date.now());
        assert.equal(status, 503, body);
        assert.match(String(headers['retry-after']), /^\d+$/);
      }
    })();
    asking.catch(() => {});
    await stack.mustUp().finally(() => {
      isUp = true;
    });
    await asking;
    console.log(
      `another image: 503 for ${away.length > 0 ? (Math.max(...away) - Math.min(...away)) / 1000 : 0} s`,
    );
    assert.ok(away.length > 0, 'nobody noticed it');
    assert.notEqual(await stack.container('db'), before);
    await stack.plansNothing();
  });

  it('of another major version is refused by a plain plan, with the way there', async () => {
    await setImage(next);
    for (const act of ['preview', 'up']) {
      const words = act === 'up' ? ['up', '--yes', '--skip-preview'] : [act];
      refused(
        await stack.pulumi(words),
        /PostgreSQL 18, but the data on volume \S+-db-data is of PostgreSQL 17: it has to be moved first/,
        `npm run upgrade -- ${next} --stack ${stack.name}`,
      );
    }
    await setImage(minor);
    await stack.plansNothing();
  });

  it('stays where it is when the data does not go over: an extension is missing there', async () => {
    const config = readFileSync(stack.configFile, 'utf8');
    const upgrade = await stack.npmRun('upgrade', lacking, '--yes');
    failed(upgrade, /extension "pg_trgm" is not available/);
    assert.equal(readFileSync(stack.configFile, 'utf8'), config);
    assert.equal(await major(), 17);
    assert.equal((await stack.logIn()).status, 200, 'the maintenance page is gone');
    const left = linesOf(await docker('ps', '--all', '--format', '{{.Names}}'));
    assert.ok(!left.includes(stack.resource('db-upgrade')));
    await owner("insert into tags (name) values ('written after it')");
    await stack.plansNothing();
  });

  it('moves to the next major version under writes, killed and run again: each is there once', async () => {
    await owner(entries);
    const before = await descriptions();

    let said = '';
    const testimony = await Witness.during(
      stack.url,
      stack.password,
      async () => {
        for (const [when, milliseconds] of moments) {
          const config = readFileSync(stack.configFile, 'utf8');
          await killed(when, milliseconds);
          if ((await major()) === 17) assert.equal(readFileSync(stack.configFile, 'utf8'), config);
          await command('pulumi', ['cancel', '--yes', '--stack', stack.name], {
            cwd: stack.folder,
            env: stack.environment,
          });
        }
        const upgrade = await stack.npmRun('upgrade', next, '--yes');
        succeeded(upgrade);
        said = upgrade.output;
      },
      descriptions,
    );
    console.log(said);
    console.log(
      `${testimony.acknowledged} writes acknowledged, ${testimony.failed} attempts failed, ` +
        `the longest pause ${(testimony.longestPauseMs / 1000).toFixed(1)} s`,
    );
    assert.deepEqual(testimony.lost, []);
    assert.deepEqual(testimony.doubled, []);
    assert.ok(testimony.failed > 0, 'nobody noticed it');
    assert.equal(await major(), 18);
    const after = await descriptions();
    assert.deepEqual(
      after.filter((name) => !name.startsWith('witness ')),
      before,
    );
    assert.equal((await stack.logIn()).status, 200);
    await stack.plansNothing();
  });

  it('is not taken back by a plan: not the version, and not the volume', async () => {
    await setImage(livePostgres);
    refused(await stack.pulumi(['preview']), "an older one can't read it");
    await setImage(next);
    await stack.mustPulumi('config', 'rm', 'databaseVolume');
    refused(await stack.pulumi(['preview']), 'what was written would be out of reach');
    await stack.configure({ databaseVolume: 'data-18' });
    await stack.plansNothing();
  });

  it('goes back to the data as it was, and can be moved on again', async () => {
    await owner("insert into tags (name) values ('left behind')");
    const back = await stack.npmRun('upgrade', '--back', '--as-before', '--yes');
    succeeded(back);
    console.log(/The maintenance page .*/.exec(back.output)?.[0]);
    assert.equal(await major(), 17);
    assert.equal(await owner("select count(*) from tags where name = 'left behind'"), '0');
    const names = await descriptions();
    assert.ok(named.every((name) => names.includes(name)));
    assert.equal((await stack.logIn()).status, 200);
    await stack.plansNothing();
    failed(await stack.npmRun('upgrade', '--back', '--yes'), 'was not upgraded');
  });
});
