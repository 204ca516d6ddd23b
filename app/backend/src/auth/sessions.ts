import { createHash, createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { Config } from '../config.js';
import type { Database } from '../database/database.js';
import {
  SESSION_IDLE_SECONDS,
  SESSION_SECONDS,
  type SessionTicket,
  sessionHash,
} from './tokens.js';

/**
 * Seconds in which the ticket of the turn before still renews: two tabs that renew at once, or an
 * answer that was lost, get the same new ticket. After that it is a stolen copy, unless it comes
 * with the Idempotency-Key of that turn, which is never in a cookie: then it is the same request,
 * sent again after an outage.
 */
export const GRACE_SECONDS = 30;
const RESEND_SECONDS = 15 * 60;

export interface Sessions {
  /** A new one; with the key of a login that is sent again, the one that it has opened. */
  open(key?: string): Promise<SessionTicket>;
  /** Whether the session of this hash (as text) is open. */
  isOpen(hash: string): Promise<boolean>;
  /** The ticket's next turn. Undefined if the session has ended; a ticket used twice ends it. */
  renew(ticket: SessionTicket, key?: string): Promise<SessionTicket | undefined>;
  close(ticket: SessionTicket): Promise<void>;
}

/** Sessions opened with the admin password as it is; those of another are not renewed. */
export function createSessions(db: Database, config: Config): Sessions {
  const credential = sha256(config.adminPasswordHash);
  const { current, previous } = config.sessionSecret;
  const idOf = (secret: Buffer, key: string, salt: Buffer) =>
    createHmac('sha256', secret).update(salt).update(key).digest('base64url');

  /** Undefined if the key opened another session, too long ago for a request that is sent again. */
  async function openKeyed(key: string): Promise<SessionTicket | undefined> {
    const salt = randomBytes(16);
    const id = idOf(current, key, salt);
    const { rowCount } = await db.query(
      `INSERT INTO sessions (id_hash, credential, idle_until, ends_at, opened_by, opened_salt)
       VALUES ($1, $2, now() + make_interval(secs => $3), now() + make_interval(secs => $4), $5, $6)
       ON CONFLICT (opened_by) DO NOTHING`,
      [sessionHash(id), credential, SESSION_IDLE_SECONDS, SESSION_SECONDS, keyHash(key), salt],
    );
    if (rowCount === 1) return { id, turn: 1 };
    const [opened] = await db.read<{ id_hash: Buffer; opened_salt: Buffer }>(
      `SELECT id_hash, opened_salt FROM sessions
       WHERE opened_by = $1 AND credential = $2 AND turn = 1
         AND turned_at > now() - make_interval(secs => $3)`,
      [keyHash(key), credential, RESEND_SECONDS],
    );
    if (!opened) return undefined;
    return [current, previous]
      .filter((secret) => secret !== undefined)
      .map((secret) => ({ id: idOf(secret, key, opened.opened_salt), turn: 1 }))
      .find((ticket) => sessionHash(ticket.id).equals(opened.id_hash));
  }

  return {
    async open(key) {
      await db.query('DELETE FROM sessions WHERE ends_at < now()');
      const opened = key === undefined ? undefined : await openKeyed(key);
      if (opened) return opened;
      const id = randomUUID();
      await db.query(
        `INSERT INTO sessions (id_hash, credential, idle_until, ends_at)
         VALUES ($1, $2, now() + make_interval(secs => $3), now() + make_interval(secs => $4))`,
        [sessionHash(id), credential, SESSION_IDLE_SECONDS, SESSION_SECONDS],
      );
      return { id, turn: 1 };
    },

    async isOpen(hash) {
      const rows = await db.read(
        `SELECT FROM sessions
         WHERE id_hash = $1 AND credential = $2 AND least(idle_until, ends_at) > now()`,
        [Buffer.from(hash, 'base64url'), credential],
      );
      return rows.length > 0;
    },

    renew: ({ id, turn }, key) =>
      db.transaction(async (client) => {
        const { rows } = await client.query<{ turn: number; graceful: boolean; valid: boolean }>(
          `SELECT turn, credential = $2 AND least(idle_until, ends_at) > now() AS valid,
                  turned_at > now() - make_interval(
                    secs => CASE WHEN turned_by = $3 THEN $4::int ELSE $5::int END) AS graceful
           FROM sessions WHERE id_hash = $1 FOR UPDATE`,
          [sessionHash(id), credential, keyHash(key), RESEND_SECONDS, GRACE_SECONDS],
        );
        const [session] = rows;
        if (!session) return undefined;
        if (session.valid && turn === session.turn) {
          await client.query(
            `UPDATE sessions SET turn = turn + 1, turned_at = now(), turned_by = $3,
               idle_until = now() + make_interval(secs => $2) WHERE id_hash = $1`,
            [sessionHash(id), SESSION_IDLE_SECONDS, keyHash(key)],
          );
          return { id, turn: turn + 1 };
        }
        if (session.valid && turn === session.turn - 1 && session.graceful) {
          return { id, turn: session.turn };
        }
        await client.query('DELETE FROM sessions WHERE id_hash = $1', [sessionHash(id)]);
        return undefined;
      }),

    async close({ id }) {
      await db.query('DELETE FROM sessions WHERE id_hash = $1', [sessionHash(id)]);
    },
  };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();
const keyHash = (key: string | undefined) => (key === undefined ? null : sha256(key));
