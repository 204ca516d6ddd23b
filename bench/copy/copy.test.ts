// What the copy off the server takes as the data grows: a base, a proof, a restore, and what is at the target.
import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { makeVolume, tryDocker } from '../../app/backup/test/images';
import { Copied, until } from '../../app/offsite/test/copy';

const million = 1_000_000;
const sizes = (process.env.ROWS ?? `${million},${4 * million}`).split(',').map(Number);

describe('the copy off the server as the data grows', () => {
  const copied = new Copied('debian');
  const folder = mkdtempSync(join(tmpdir(), 'timetracker-bench-'));
  chmodSync(folder, 0o755);
  after(() => {
    copied.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const rows of sizes)
    it(`${rows / million} million entries`, { timeout: 1_800_000 }, async () => {
      await copied.startDatabase();
      copied.owner(
        `INSERT INTO entries (description) SELECT 'entry ' || i || ' ' || md5(i::text) FROM generate_series(1, ${rows}) AS i;
         CREATE INDEX ON entries (description)`,
      );
      const bytes = Number(copied.owner("SELECT pg_database_size('timetracker')"));
      const target = join(folder, String(rows));
      const way = {
        environment: { TARGET: '/target' },
        files: {},
        args: [`--volume=${target}:/target`],
      };
      const seconds = async (what: string, holds: () => boolean) => {
        const begun = Date.now();
        await until(() => `${what}\n${copied.log()}`, holds, 1500);
        return (Date.now() - begun) / 1000;
      };
      copied.begin(way, {}, makeVolume());
      const base = await seconds('a base', () => copied.fact('base') !== undefined);
      const proof = await seconds('a proof', () => copied.fact('proof') !== undefined);
      await copied.untilSent();
      const begun = Date.now();
      assert.match(copied.must('restore', 'latest'), new RegExp(`^entries ${rows + 2000}$`, 'm'));
      const restore = (Date.now() - begun) / 1000;
      const du = tryDocker(['exec', copied.offsite, 'du', '-sb', '/target']).stdout.split('\t')[0];
      const sized = (count: number) => `${(count / 1e6).toFixed(0)} MB`;
      console.log(
        `${rows / million} million entries, ${sized(bytes)}: base ${base.toFixed(0)} s, then proven ${proof.toFixed(0)} s, ` +
          `fetched, started and dumped ${restore.toFixed(0)} s; ${sized(Number(du))} at the target`,
      );
      copied.end();
      tryDocker(['rm', '--force', '--volumes', copied.db]);
    });
});
