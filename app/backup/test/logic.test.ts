// What backup.sh decides, with stubs for PostgreSQL's programs and the clock, under both kinds of shell and applets.
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { docker, image, kinds, type Output, start, tryDocker } from './images';

const hour = 3600;
const now = Date.UTC(2026, 10, 26, 3) / 1000;
const called = (seconds: number) =>
  `timetracker-${new Date(seconds * 1000).toISOString().slice(0, 19).replaceAll(':', '')}Z.dump`;
const ago = (hours: number) => called(now - hours * hour);

const stubs: Record<string, string> = {
  date: `[ "$1" = +%s ] && [ -n "$NOW" ] && { echo "$NOW"; exit; }
PATH=\${PATH#/stubs:}
exec date "$@"`,
  psql: `case "$*" in
  *pg_stat_activity*) echo "$DATABASE"; exit "\${DATABASE_FAILS:-0}" ;;
  *pg_database_size*) echo "\${DATA_SIZE:-1000}" ;;
  *pg_stat_replication*) [ -z "$STANDBY" ] || echo "standby $STANDBY" ;;
  *count*) echo 3 ;;
  *'DROP DATABASE'*) echo "$*" >>/tmp/dropped ;;
  *--command=SELECT) exit "\${SELECT_FAILS:-0}" ;;
esac`,
  pg_dump: `for word; do case "$word" in --file=*) file=\${word#--file=} ;; esac; done
head -c "\${DUMP_SIZE:-10}" /dev/zero >"$file" || exit 1
exit "\${DUMP_FAILS:-0}"`,
  pg_restore: `exit "\${PROOF_FAILS:-0}"`,
};

for (const kind of kinds)
  describe(`backup.sh on ${kind}`, () => {
    let container: string;
    const folder = '/tmp/backups';
    const shell = (script: string, input = '') =>
      tryDocker(['exec', '--interactive', container, 'sh', '-c', script], input);
    function backup(words: string[], env: Record<string, string> = {}): Output {
      const all = { NOW: String(now), KEEP: '3', FOLDER: folder, LOCK: '/tmp/lock', ...env };
      return tryDocker([
        'exec',
        ...Object.entries(all).flatMap(([key, value]) => ['--env', `${key}=${value}`]),
        ...[container, 'sh', '-c', 'PATH=/stubs:$PATH exec $WITHIN backup "$@"', 'sh'],
        ...words,
      ]);
    }
    const hold = (...files: string[]) => {
      shell(`rm -rf ${folder}; mkdir ${folder}`);
      for (const file of files) shell(`echo content > ${folder}/${file}`);
    };
    const held = () => shell(`ls ${folder}`).stdout.split('\n').filter(Boolean);

    before(() => {
      container = start(
        'logic',
        image('backup', kind),
        ...[
          '--user=postgres',
          '--tmpfs=/small:size=1m,mode=1777',
          '--tmpfs=/stubs:exec,mode=1777',
          '--',
          'sleep',
          '600',
        ],
      );
      for (const [name, script] of Object.entries(stubs))
        shell(`cat > /stubs/${name} && chmod 755 /stubs/${name}`, `#!/bin/sh\n${script}\n`);
    });

    it('runs under the shell and the applets that are meant', () => {
      const found = docker('exec', container, 'sh', '-c', 'readlink -f "$(command -v awk)"');
      assert.equal(found.includes('busybox'), kind === 'busybox', found);
    });

    it('keeps the newest, and what is about to be restored', () => {
      const files = [ago(24), ago(48), ago(72), ago(96)];
      hold(...files);
      const made = backup(['now', ago(96)]);
      assert.equal(made.code, 0, made.stderr);
      assert.equal(made.stdout, ago(0));
      assert.deepEqual(held(), [ago(96), ago(48), ago(24), ago(0)]);
      backup(['now'], { NOW: String(now + hour) });
      assert.deepEqual(held(), [ago(24), ago(0), ago(-1)]);
    });

    it('makes no two of one name', () => {
      hold();
      const [first, second] = [0, 1].map(() => backup(['now'], { NOW: '' }).stdout);
      assert.ok(first && second && first < second, `${first} ${second}`);
    });

    it('counts no dump of the future, says so, and goes on', () => {
      const future = called(Date.UTC(2036, 0, 1) / 1000);
      hold(ago(30), future);
      assert.notEqual(backup(['health']).code, 0, 'one of the future proves nothing');
      const made = backup(['now']);
      assert.equal(made.code, 0, made.stderr);
      assert.ok(made.stderr.includes(`${future} is dated in the future`), made.stderr);
      assert.equal(backup(['health']).code, 0);
      assert.deepEqual(backup(['list']).stdout.split('\n'), [
        `${ago(0)} 10`,
        `${ago(30)} 8`,
        `${future} 8 ahead`,
      ]);
      // Its time has come.
      assert.match(
        backup(['list'], { NOW: String(Date.UTC(2036, 0, 2) / 1000) }).stdout,
        new RegExp(`^${future} 8\\n`),
      );
    });

    it('tells what it knows, and what was free a week ago', () => {
      const week = 7 * 24 * hour;
      hold(ago(2));
      shell(
        `printf '%s\\n' '${now - week - 60} 900' '${now - week + 60} 800' '${now - 60} 100' > ${folder}/.history`,
      );
      const told = backup(['facts'], { DATABASE: '1000 3 100 7' });
      assert.equal(told.code, 0, told.stderr);
      assert.match(
        told.stdout,
        new RegExp(
          `^time ${now}\nbackup ${ago(2)}\ndisk \\d+ \\d+\nbefore ${now - week + 60} 800\ndatabase 1000 3 100 7$`,
        ),
      );
      const followed = backup(['facts'], {
        DATABASE: '1000 3 100 7',
        STANDBY: 'streaming 16 sync',
      });
      assert.match(followed.stdout, /^database 1000 3 100 7\nstandby streaming 16 sync$/m);
      hold();
      const silent = backup(['facts'], { DATABASE_FAILS: '2' });
      assert.equal(silent.code, 0, silent.stderr);
      assert.match(silent.stdout, new RegExp(`^time ${now}\ndisk \\d+ \\d+$`));
    });

    it('writes it down while it runs, for others to read, with an hourly history of eight days', () => {
      hold(ago(1));
      const old = `${now - 9 * 24 * hour} 900`;
      shell(`echo '${old}' > ${folder}/.history; rm -rf /tmp/facts; mkdir -m 700 /tmp/facts`);
      for (const later of [0, 1800, hour]) {
        const env = { FACTS: '/tmp/facts', NOW: String(now + later) };
        backup(['run'], { ...env, WITHIN: 'timeout 2' });
      }
      const history = shell(`cut -d ' ' -f 1 ${folder}/.history`).stdout;
      assert.deepEqual(history.split('\n'), [String(now), String(now + hour)]);
      assert.match(shell('cat /tmp/facts/facts').stdout, new RegExp(`^time ${now + hour}\n`));
      assert.match(
        shell('ls -l /tmp/facts; ls -ld /tmp/facts').stdout,
        /-rw-r--r--.*facts\ndrwxr-xr-x/,
      );
      assert.deepEqual(held(), [ago(1)]);
    });

    it('is healthy for 26 hours', () => {
      hold(ago(25.9));
      assert.equal(backup(['health']).code, 0);
      hold(ago(26.1));
      assert.notEqual(backup(['health']).code, 0);
      hold();
      assert.notEqual(backup(['health']).code, 0);
    });

    it('makes none by itself where others do, and keeps all that are made by hand', () => {
      const none = { KEEP: '0' };
      hold();
      backup(['run'], { ...none, WITHIN: 'timeout 2' });
      assert.deepEqual(held(), []);
      const made = backup(['now'], none);
      assert.equal(made.code, 0, made.stderr);
      backup(['now'], { ...none, NOW: String(now + 1) });
      assert.equal(held().length, 2);
      assert.match(backup(['facts'], none).stdout, /^backup elsewhere$/m);
      hold();
      assert.equal(backup(['health'], none).code, 0);
      assert.notEqual(backup(['health'], { ...none, SELECT_FAILS: '2' }).code, 0);
    });

    it('prunes and counts only what it made', () => {
      const files = [ago(24), 'by-hand.dump', called(now - 48 * hour).replace('.', '-partial.')];
      hold(...files);
      assert.equal(backup(['now'], { KEEP: '1' }).code, 0);
      assert.deepEqual(backup(['list']).stdout.split('\n'), [
        `${ago(0)} 10`,
        `${files[2]} 8 partial`,
        'by-hand.dump 8 foreign',
      ]);
    });

    for (const [what, env] of [
      ['the dump', { DUMP_FAILS: '1' }],
      ['the proof', { PROOF_FAILS: '1' }],
    ] as const)
      it(`leaves nothing half where ${what} fails`, () => {
        hold(ago(24), 'timetracker-2020-01-01T000000Z.dump.part');
        shell('rm -f /tmp/dropped');
        assert.notEqual(backup(['now'], env).code, 0);
        assert.deepEqual(held(), [ago(24)]);
        const dropped = shell('cat /tmp/dropped').stdout.split('\n').filter(Boolean);
        assert.equal(dropped.length, what === 'the proof' ? 2 : 0, dropped.join('\n'));
      });

    it('looks for room first, and says how to get some', () => {
      const small = { FOLDER: '/small' };
      shell(`rm -f /small/*; head -c 600000 /dev/zero > /small/${ago(24)}`);
      const full = backup(['now'], small);
      assert.equal(full.code, 1);
      assert.match(
        full.stderr,
        /no room: \d+ bytes are free on the volume, and a backup takes about 600000; .*backupsKept/,
      );
      shell('rm -f /small/*');
      assert.match(backup(['now'], { ...small, DATA_SIZE: '2000000' }).stderr, /about 2000000/);
      assert.equal(backup(['now'], small).code, 0);
    });

    it('leaves no half file on a disk that is full all the same', () => {
      const small = { FOLDER: '/small' };
      shell(`rm -f /small/*; head -c 1000 /dev/zero > /small/${ago(24)}`);
      const failed = backup(['now'], { ...small, DUMP_SIZE: '3000000' });
      assert.notEqual(failed.code, 0);
      assert.match(failed.stderr, /No space left on device|I\/O error/);
      assert.equal(shell('ls /small').stdout, ago(24));
    });

    it('says how it is called', () => {
      const wrong = backup(['nonsense']);
      assert.equal(wrong.code, 2);
      assert.match(wrong.stderr, /^backup run {12}the service/);
    });
  });
