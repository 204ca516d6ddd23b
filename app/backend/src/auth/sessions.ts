import { createHash, randomUUID } from 'node:crypto';
import type { Database } from '../database/database.js';
import { SESSION_IDLE_SECONDS, SESSION_SECONDS, type SessionTicket } from './tokens.js';

/**
 * Seconds in which the ticket of the turn before still renews: two tabs that renew at once, or an
 * answer that was lost, get the same new ticket. After that it is a stolen copy, unless it comes
 * with the Idempotency-Key of that turn, which is never in a cookie: then it is the same request,
 * sent again after an outage.
 */
export const GRACE_SECONDS = 30;
const RESEND_SECONDS = 15 * 60;

export interface Sessions {
  open(): Promise<SessionTicket>;
  /** The ticket's next turn. Undefined if the session has ended; a ticket used twice ends it. */
  renew(ticket: SessionTicket, key?: string): Promise<SessionTicket | undefined>;
  close(ticket: SessionTicket): Promise<void>;
}

/** Sessions opened with one admin password (its hash); those of another are not renewed. */
export function createSessions(db: Database, adminPasswordHash: string): Sessions {
  const credential = sha256(adminPasswordHash);

  return {
    async open() {
      const id = randomUUID();
      await db.query('DELETE FROM sessions WHERE ends_at < now()');
      await db.query(
        `INSERT INTO sessions (id_hash, credential, idle_until, ends_at)
         VALUES ($1, $2, now() + make_interval(secs => $3), now() + make_interval(secs => $4))`,
        [sha256(id), credential, SESSION_IDLE_SECONDS, SESSION_SECONDS],
      );
      return { id, turn: 1 };
    },

    renew: ({ id, turn }, key) =>
      db.transaction(async (client) => {
        const { rows } = await client.query<{ turn: number; graceful: boolean; valid: boolean }>(
          `SELECT turn, credential = $2 AND least(idle_until, ends_at) > now() AS valid,
                  turned_at > now() - make_interval(
                    secs => CASE WHEN turned_by = $3 THEN $4::int ELSE $5::int END) AS graceful
           FROM sessions WHERE id_hash = $1 FOR UPDATE`,
          [sha256(id), credential, keyHash(key), RESEND_SECONDS, GRACE_SECONDS],
        );
        const [session] = rows;
        if (!session) return undefined;
        if (session.valid && turn === session.turn) {
          await client.query(
            `UPDATE sessions SET turn = turn + 1, turned_at = now(), turned_by = $3,
               idle_until = now() + make_interval(secs => $2) WHERE id_hash = $1`,
            [sha256(id), SESSION_IDLE_SECONDS, keyHash(key)],
          );
          return { id, turn: turn + 1 };
        }
        if (session.valid && turn === session.turn - 1 && session.graceful) {
          return { id, turn: session.turn };
        }
        await client.query('DELETE FROM sessions WHERE id_hash = $1', [sha256(id)]);
        return undefined;
      }),

    async close({ id }) {
      await db.query('DELETE FROM sessions WHERE id_hash = $1', [sha256(id)]);
    },
  };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest();
const keyHash = (key: string | undefined) => (key === undefined ? null : sha256(key));
