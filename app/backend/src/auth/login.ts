import { timingSafeEqual } from 'node:crypto';
import bcrypt from 'bcryptjs';
import type { Config } from '../config.js';
import type { Database } from '../database/database.js';
import { Problem } from '../problem.js';
import { Turns } from './turns.js';

export const TRIES = 5;
export const WINDOW_SECONDS = 15 * 60;
/** One comparison takes a quarter of a second of CPU; more that wait for it than this are refused. */
const PLACES = 20;

/**
 * Checks a login. Wrong ones count by caller, an address or a browser that has logged in before, in
 * the database, so that the limit holds over all replicas; a right one clears the count. One at a
 * time and each caller in turn, so that a flood of tries leaves the processor, and a place, to
 * others. Throws a problem: 401, 429 or 503.
 */
export function createLogin(db: Database, { adminUsername, adminPasswordHash }: Config) {
  const turns = new Turns(PLACES);

  async function check(username: string, password: string, caller: string): Promise<void> {
    const { tries, retryAfter } = await countTry(db, caller);
    if (tries > TRIES) throw tooMany(retryAfter);
    // bcrypt reads 72 bytes and no more: a longer password would match on its beginning.
    const tooLong = Buffer.byteLength(password) > 72;
    const matches = await bcrypt.compare(tooLong ? '' : password, adminPasswordHash);
    if (!matches || tooLong || !sameText(username, adminUsername)) {
      throw new Problem(401, 'Wrong username or password.');
    }
    await db.query('DELETE FROM login_tries WHERE address = $1', [caller]);
  }

  return async (username: string, password: string, caller: string): Promise<void> => {
    // Who is to be refused takes no place.
    const blocked = await secondsBlocked(db, caller);
    if (blocked !== undefined) throw tooMany(blocked);
    await turns.take(caller, () => check(username, password, caller));
  };
}

function tooMany(retryAfter: number): Problem {
  return new Problem(429, 'Too many tries to log in from here.', { retryAfter });
}

async function secondsBlocked(db: Database, caller: string): Promise<number | undefined> {
  const [row] = await db.read<{ retryAfter: number }>(
    `SELECT ceil(extract(epoch FROM resets_at - now()))::int AS "retryAfter"
     FROM login_tries WHERE address = $1 AND tries >= $2 AND resets_at > now()`,
    [caller, TRIES],
  );
  return row?.retryAfter;
}

async function countTry(db: Database, caller: string) {
  await db.query('DELETE FROM login_tries WHERE resets_at < now()');
  const { rows } = await db.query<{ tries: number; retryAfter: number }>(
    `INSERT INTO login_tries AS l (address, tries, resets_at)
     VALUES ($1, 1, now() + make_interval(secs => $2))
     ON CONFLICT (address) DO UPDATE SET tries = l.tries + 1
     RETURNING tries, ceil(extract(epoch FROM resets_at - now()))::int AS "retryAfter"`,
    [caller, WINDOW_SECONDS],
  );
  return rows[0] ?? { tries: TRIES + 1, retryAfter: WINDOW_SECONDS };
}

function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
