// A prod stack whose engine is killed, whose server crashes, whose volumes somebody prunes: on a server of its own.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { linesOf } from '../../host/docker';
import { ProdStack, times } from '../../testing/prod-stack';
import { succeeded } from '../../testing/result';
import { Server } from '../../testing/server';
import { docker, retry } from '../../testing/stack';
import { Running } from '../../testing/terminal';
import { Witness } from '../../testing/witness';

/** What tells the time is a file, as far as there is one: containers share the clock of the machine. */
const library = `
USER root
RUN if command -v apk >/dev/null; then apk add --no-cache libfaketime; else apt-get update && apt-get install --yes --no-install-recommends libfaketime; fi \\
 && find / -xdev -name libfaketime.so.1 -exec cp {} /usr/local/lib/clock.so \\;
ENV FAKETIME_TIMESTAMP_FILE=/tmp/clock FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1
`;
const ofTier = {
  backend: `${library}ENV LD_PRELOAD=/usr/local/lib/clock.so\n`,
  // For the server alone: the shell that starts it hangs with it.
  db: `${library}RUN server=$(readlink -f "$(command -v postgres)") && mv $server $server.real \\
 && printf '#!/bin/sh\\nLD_PRELOAD=/usr/local/lib/clock.so exec %s.real "$@"\\n' $server > $server && chmod 755 $server\n`,
};

describe('a server of its own', () => {
  let server: Server;
  let stack: ProdStack;
  before(async () => {
    server = await Server.start('engine');
    process.env.DOCKER_HOST = server.engine;
    await server.loadBaseImages();
    stack = await ProdStack.prepare('engine', await server.address());
    for (const [tier, clock] of Object.entries(ofTier))
      await stack.edit(`app/${tier}/Dockerfile`, (text) => text + clock);
    await stack.mustUp();
  });
  after(async () => {
    await server?.remove();
    await stack?.forget();
  });

  const owner = (statement: string) =>
    stack.inTier('db', 'psql', '-U', 'timetracker_owner', '-d', 'timetracker', '-qtAc', statement);
  const witnessed = async (fault: string, act: () => Promise<void>) => {
    const testimony = await Witness.during(stack.url, stack.password, act, async () =>
      linesOf(await owner("select description from entries where description like 'witness %'")),
    );
    const { acknowledged, failed, longestPauseMs, lost, doubled } = testimony;
    console.log(
      [fault, acknowledged, failed, `${(longestPauseMs / 1000).toFixed(1)} s`, lost.length].join(
        ' | ',
      ),
    );
    assert.deepEqual(lost, []);
    assert.deepEqual(doubled, []);
  };

  it('loses nothing when its engine is killed and started again', async () => {
    await witnessed('the engine killed (SIGKILL), and started again', async () => {
      await server.killEngine();
      await server.startEngine();
    });
    await stack.plansNothing();
  });

  it('loses nothing when it crashes', async () => {
    await witnessed('the server crashed, and started again', async () => {
      await server.crash();
      await server.startEngine();
    });
    await stack.plansNothing();
  });

  it('has all of before or all of after when its engine is killed in a restore, which then goes on', async () => {
    const names = () => owner("select string_agg(name, ',') from projects where name like 'as %'");
    await owner("insert into projects (name, color) values ('as backed up', '#336699')");
    const backup = await stack.npmRun('backup');
    const made = /^(timetracker-\S+\.dump) .* made and restored once/m.exec(backup.output)?.[1];
    assert.ok(made, backup.output);
    await owner("update projects set name = 'as changed' where name = 'as backed up'");
    for (let round = 0; round < times.engineKills; round++) {
      const words = ['node', ...stack.npmWords('restore', made, '--yes')];
      const restore = Running.start(words, stack.folder, stack.environment);
      const milliseconds = 1000 + Math.random() * 8000;
      await Promise.race([restore.end(), pause(milliseconds)]);
      await server.killEngine();
      await server.startEngine();
      restore.killAll();
      await restore.end();
      const isBack = () =>
        names()
          .then((found) => found !== '')
          .catch(() => false);
      assert.ok(await retry(isBack, 120), 'the database does not come back');
      const found = await names();
      assert.ok(
        ['as backed up', 'as changed'].includes(found),
        `${found} after ${milliseconds} ms`,
      );
    }
    const isServing = () =>
      stack
        .health()
        .then((status) => status === 200)
        .catch(() => false);
    assert.ok(await retry(isServing, 120));
    succeeded(await stack.npmRun('restore', made, '--yes'));
    assert.equal(await names(), 'as backed up');
    await stack.plansNothing();
  });

  for (const [jump, offset] of [
    ['two days ahead', '+2d'],
    ['an hour back', '-1h'],
  ] as const)
    it(`loses nothing when the clock jumps ${jump}, and back again`, async () => {
      const clocks = async (script: string) => {
        for (const tier of Object.keys(ofTier))
          for (const container of await stack.containers(tier))
            await docker('exec', '--user=root', container, 'sh', '-c', script);
      };
      const clock = () => owner('select extract(epoch from clock_timestamp())::bigint');
      await witnessed(`the clock jumps ${jump}, and back after 10 s`, async () => {
        await clocks(`echo ${offset} > /tmp/clock; chmod 644 /tmp/clock`);
        await pause(10_000);
        const hours = Math.abs(Number(await clock()) - Date.now() / 1000) / 3600;
        assert.ok(hours > 0.9, `the clock is only ${hours} hours off`);
        await clocks('rm /tmp/clock');
        await pause(10_000);
        assert.ok(Math.abs(Number(await clock()) - Date.now() / 1000) < 60);
      });
      await stack.plansNothing();
    });

  it('keeps its data when volumes are pruned, while it runs and after a destroy', async () => {
    const count = () => owner('select count(*) from entries');
    const before = await count();
    await docker('volume', 'prune', '--all', '--force');
    assert.equal(await count(), before);
    await stack.mustPulumi('state', 'unprotect', '--all', '--yes');
    await stack.mustPulumi('destroy', '--yes', '--skip-preview');
    await docker('volume', 'prune', '--force');
    await stack.mustUp();
    assert.ok(await retry(async () => (await stack.health()) === 200, 30));
    assert.equal(await count(), before);
  });
});
