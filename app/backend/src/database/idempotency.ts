import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type pg from 'pg';
import { Problem } from '../problem.js';
import type { Database } from './database.js';

interface Reply {
  code(status: number): unknown;
  header(name: string, value: string): unknown;
}

/**
 * Does the work of a write in one transaction and answers with this status. With an
 * Idempotency-Key the answer is kept, in the same transaction, for a day: the same request sent
 * again gets it without doing the work again, however often and wherever it arrives. Sent while the
 * first is still at work, it waits for that. The key with another request is a problem: 422; what
 * of it is not in its body, such as a file, is told by `content`.
 */
export async function write<T>(
  db: Pick<Database, 'transaction'>,
  request: FastifyRequest,
  reply: Reply,
  status: number,
  work: (client: pg.PoolClient) => Promise<T>,
  content = '',
): Promise<T> {
  const key = request.headers['idempotency-key'];
  return db.transaction(async (client) => {
    const kept =
      typeof key === 'string' ? await claim<T>(client, key, request, content) : undefined;
    if (kept) {
      reply.header('idempotency-replayed', 'true');
      reply.code(kept.status);
      return kept.body;
    }
    const body = await work(client);
    if (key !== undefined) {
      await client.query('UPDATE idempotency_keys SET status = $2, body = $3 WHERE key = $1', [
        key,
        status,
        JSON.stringify(body),
      ]);
    }
    reply.code(status);
    return body;
  });
}

/** The kept answer, or undefined if the key is now this request's. */
async function claim<T>(
  client: pg.PoolClient,
  key: string,
  request: FastifyRequest,
  content: string,
) {
  await client.query(
    `DELETE FROM idempotency_keys WHERE key IN (
       SELECT key FROM idempotency_keys WHERE created_at < now() - interval '1 day'
       LIMIT 10 FOR UPDATE SKIP LOCKED)`,
  );
  // Of the version that it is for as well: a change of another one is another request.
  const { 'if-match': version = null } = request.headers;
  const fingerprint = createHash('sha256')
    .update(`${request.method} ${request.url}\n${JSON.stringify(request.body ?? null)}`)
    .update(version === null ? '' : `\n${version}`)
    .update(content && `\n${content}`)
    .digest();
  // Waits for another transaction that has claimed it and is not over.
  const { rowCount } = await client.query(
    'INSERT INTO idempotency_keys (key, fingerprint) VALUES ($1, $2) ON CONFLICT DO NOTHING',
    [key, fingerprint],
  );
  if (rowCount === 1) return undefined;
  const { rows } = await client.query<{ fingerprint: Buffer; status: number; body: T }>(
    'SELECT fingerprint, status, body FROM idempotency_keys WHERE key = $1',
    [key],
  );
  if (!rows[0]?.fingerprint.equals(fingerprint)) {
    throw new Problem(422, 'This Idempotency-Key was used for another request.');
  }
  return rows[0];
}
