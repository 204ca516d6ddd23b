// Parts of the prod stack that fail while it serves, and a witness that nothing acknowledged is lost.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { linesOf } from '../../host/docker';
import { run } from '../../host/programs';
import { Disk } from '../../testing/disk';
import { ProdStack, times } from '../../testing/prod-stack';
import { succeeded } from '../../testing/result';
import { docker, type Result, retry } from '../../testing/stack';
import { Running } from '../../testing/terminal';
import { type Testimony, Witness } from '../../testing/witness';

/** How long something is away or full, in seconds. */
const whileAway = 10;
const select = "select description from entries where description like 'witness %'";

describe('the prod stack', () => {
  let stack: ProdStack;
  let disk: Disk;
  const testimonies: string[] = [];
  before(async () => {
    stack = await ProdStack.prepare('faults');
    // Larger than the log may grow in the time, so that it is full when the test says so.
    disk = await Disk.under(stack.resource('db-data'), 600);
    await stack.mustUp();
  });
  after(async () => {
    console.log(['fault | acknowledged | failed | recovery | lost', ...testimonies].join('\n'));
    await disk?.remove();
    await stack?.remove();
  });

  for (const tier of ['backend', 'frontend'])
    it(`does without a ${tier} that is killed, unnoticed`, () =>
      stack.unnoticed(`a ${tier} killed`, async () => {
        await docker('kill', await stack.container(tier));
        assert.ok(await retry(async () => (await stack.containers(tier)).length === 2, 60));
      }));

  it('pauses cleanly while the database restarts', async () => {
    const victim = await stack.container('db');
    const authorization = `Bearer ${await stack.accessToken()}`;
    await docker('kill', '--signal=SIGINT', victim);
    const began = Date.now();
    let status: number;
    do {
      const asked = Date.now();
      const answer = await stack.get('/api/entries?limit=1', { authorization });
      status = answer.status;
      assert.ok(Date.now() - asked < 5000, `took ${Date.now() - asked} ms`);
      if (status !== 200) {
        assert.equal(status, 503, answer.body);
        assert.match(String(answer.headers['retry-after']), /^\d+$/);
        await pause(200);
      }
    } while (Date.now() - began < 5000 || (status !== 200 && Date.now() - began < 90_000));
    assert.equal(status, 200);
    console.log(
      `database restart: answers again after at most ${Math.round((Date.now() - began) / 1000)} s`,
    );
  });

  const owner = (statement: string) =>
    stack.inTier('db', 'psql', '-U', 'timetracker_owner', '-d', 'timetracker', '-qtAc', statement);
  /** Each acknowledged write is there after the fault, once. @param isFelt some writes must fail, or it was no fault */
  const witnessed = async (
    fault: string,
    isFelt: boolean,
    act: (witness: Witness) => Promise<void>,
  ) => {
    const testimony = await Witness.during(stack.url, stack.password, act, async () =>
      linesOf(await owner(select)),
    );
    testimonies.push(row(fault, testimony));
    if (isFelt) assert.ok(testimony.failed > 0, 'nobody noticed it');
    assert.deepEqual(testimony.lost, []);
    assert.deepEqual(testimony.doubled, []);
  };
  const serverProcess = (container: string) => docker('inspect', '-f', '{{.State.Pid}}', container);

  it('loses nothing when the database is killed', () =>
    witnessed('the database killed (SIGKILL)', true, async () => {
      await docker('kill', '--signal=SIGKILL', await stack.container('db'));
    }));

  it('loses nothing when a process of the database is killed', () =>
    witnessed('a process of the database killed (SIGKILL)', false, async () => {
      const working =
        "select pid from pg_stat_activity where usename like 'app_g%' order by state_change desc limit 1";
      const pid = await owner(working);
      await stack.inTier('db', 'sh', '-c', `kill -KILL ${pid}`);
    }));

  it('loses nothing when a backend is killed in mid-write', () =>
    witnessed('a backend killed (SIGKILL)', false, async () => {
      await docker('kill', '--signal=SIGKILL', await stack.container('backend'));
    }));

  it('loses nothing when the way from the backends to the database is cut', () =>
    witnessed(
      `backends and database cut off from each other for ${whileAway} s`,
      true,
      async () => {
        const pid = await serverProcess(await stack.container('db'));
        const rule = (what: string) =>
          run('nsenter', [
            '-t',
            pid,
            '-n',
            'iptables',
            what,
            'INPUT',
            '!',
            '-i',
            'lo',
            '-j',
            'DROP',
          ]);
        await rule('-I');
        await pause(whileAway * 1000);
        await rule('-D');
      },
    ));

  it("loses nothing when the database's disk is full", () =>
    witnessed(`the disk of data and log full for ${whileAway} s`, true, () =>
      disk.whileFull(() => pause(whileAway * 1000)),
    ));

  it('loses nothing when the power fails', () =>
    witnessed('power cut: what the disk had at that moment', false, async (witness) => {
      await pause(3000);
      const before = witness.acknowledged;
      const folder = await disk.afterPowerCut();
      const found = new Set(await entriesIn(folder, await stack.container('db')));
      assert.ok(before.length > 20);
      assert.deepEqual(
        before.filter((name) => !found.has(name)),
        [],
      );
    }));

  it(`loses nothing when \`up\` is killed, and the next one mends it`, () =>
    witnessed(`\`up\` killed (SIGKILL), ${times.kills} times`, false, async () => {
      for (let round = 1; round <= times.kills; round++) {
        await stack.changeBackend(`killed ${round}`);
        await killedUp(stack, 1000 + Math.random() * 24_000);
        await mended(stack);
      }
      await stack.plansNothing();
    }));

  it('loses nothing when a release, a rotation and a backup come together', () =>
    witnessed('a release, a rotation and a backup at the same time', false, async () => {
      await stack.changeBackend('together with others');
      const together = await Promise.all([
        stack.npmRun('release', '--yes'),
        stack.npmRun('rotate', '--yes'),
        stack.npmRun('backup'),
      ]);
      const [release, rotation, backup] = together as [Result, Result, Result];
      succeeded(backup);
      // One of them waits for its turn, by being refused.
      const refused = [release, rotation].filter(({ code }) => code !== 0);
      for (const { output } of refused) assert.match(output, /locked/, output);
      assert.ok(refused.length <= 1);
      succeeded(await stack.npmRun(release.code === 0 ? 'rotate' : 'release', '--yes'));
      await stack.plansNothing();
    }));
});

/** A line of the table. */
function row(fault: string, { acknowledged, failed, longestPauseMs, lost }: Testimony): string {
  const recovery = `${(longestPauseMs / 1000).toFixed(1)} s`;
  return [fault, acknowledged, failed, recovery, lost.length].join(' | ');
}

/** The entries of a database that starts on what a disk had, by the image of the container that had it. */
async function entriesIn(folder: string, like: string): Promise<string[]> {
  const image = await docker('inspect', '-f', '{{.Image}}', like);
  const name = `timetracker-power-cut-${process.pid}`;
  await docker(
    ...['run', '--detach', '--rm', '--name', name, '--network', 'none'],
    ...['--volume', `${folder}:/var/lib/postgresql/data`],
    ...['--entrypoint', 'docker-entrypoint.sh', image, 'postgres'],
  );
  try {
    const psql = ['exec', name, 'psql', '-U', 'timetracker', '-d', 'timetracker', '-qtAc'];
    let found = '';
    const answers = async () => {
      found = await docker(...psql, select).catch(() => '');
      return found !== '';
    };
    assert.ok(await retry(answers, 60), await docker('logs', name).catch(() => 'it ended'));
    return linesOf(found);
  } finally {
    await docker('stop', name);
  }
}

/** An `up` that is killed, with all its plugins. */
async function killedUp(stack: ProdStack, afterMs: number): Promise<void> {
  const words = ['pulumi', 'up', '--yes', '--skip-preview', '--stack', stack.name];
  const up = Running.start(words, stack.folder, stack.environment);
  await Promise.race([up.end(), pause(afterMs)]);
  up.killAll();
  await up.end();
}

/** The next `up`; where the one that was killed left its lock, as the CLI says. */
async function mended(stack: ProdStack): Promise<void> {
  const first = await stack.up();
  if (first.code === 0) return;
  assert.match(first.output, /locked/, first.output);
  await stack.mustPulumi('cancel', '--yes');
  await stack.mustUp();
}
