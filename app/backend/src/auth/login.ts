import { timingSafeEqual } from 'node:crypto';
import bcrypt from 'bcryptjs';
import type { Config } from '../config.js';
import type { Database } from '../database/database.js';
import { Problem } from '../problem.js';

export const TRIES = 5;
export const WINDOW_SECONDS = 15 * 60;
/** One comparison takes a quarter of a second of CPU; more in the queue than this are refused. */
const QUEUE = 20;

/**
 * Checks a login. Wrong ones count by client address, in the database, so that the limit holds
 * over all replicas; a right one clears the count. One at a time, so that a flood of tries leaves
 * the processor to others. Throws a problem: 401, 429 or 503.
 */
export function createLogin(db: Database, { adminUsername, adminPasswordHash }: Config) {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  async function check(username: string, password: string, address: string): Promise<void> {
    const { tries, retryAfter } = await countTry(db, address);
    if (tries > TRIES) {
      throw new Problem(429, 'Too many tries to log in from this address.', { retryAfter });
    }
    // bcrypt reads 72 bytes and no more: a longer password would match on its beginning.
    const tooLong = Buffer.byteLength(password) > 72;
    const matches = await bcrypt.compare(tooLong ? '' : password, adminPasswordHash);
    if (!matches || tooLong || !sameText(username, adminUsername)) {
      throw new Problem(401, 'Wrong username or password.');
    }
    await db.query('DELETE FROM login_tries WHERE address = $1', [address]);
  }

  return async (username: string, password: string, address: string): Promise<void> => {
    if (waiting >= QUEUE) throw new Problem(503, 'Too many logins at once.', { retryAfter: 5 });
    waiting += 1;
    const turn = last.then(() => check(username, password, address));
    last = turn.catch(() => {});
    await turn.finally(() => {
      waiting -= 1;
    });
  };
}

async function countTry(db: Database, address: string) {
  await db.query('DELETE FROM login_tries WHERE resets_at < now()');
  const { rows } = await db.query<{ tries: number; retryAfter: number }>(
    `INSERT INTO login_tries AS l (address, tries, resets_at)
     VALUES ($1, 1, now() + make_interval(secs => $2))
     ON CONFLICT (address) DO UPDATE SET tries = l.tries + 1
     RETURNING tries, ceil(extract(epoch FROM resets_at - now()))::int AS "retryAfter"`,
    [address, WINDOW_SECONDS],
  );
  return rows[0] ?? { tries: TRIES + 1, retryAfter: WINDOW_SECONDS };
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
