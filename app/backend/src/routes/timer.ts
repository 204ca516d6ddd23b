import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type pg from 'pg';
import { Type } from 'typebox';
import { write } from '../database/idempotency.js';
import { currentSecond, getEntry, getRunning, insertEntry } from '../entries/entries.js';
import { Nullable } from '../schemas/common.js';
import { Entry, NewTimer } from '../schemas/entries.js';
import { problems, WriteHeaders } from '../schemas/responses.js';

const tags = ['timer'];
const Timer = Type.Object({ entry: Nullable(Entry) });

/** Ends the running entry, if there is one, now; after a second at least. */
async function stop(client: pg.PoolClient) {
  const { rows } = await client.query<{ id: string }>(
    `UPDATE entries SET end_at = greatest(date_trunc('second', now()), start_at + interval '1 second')
     WHERE end_at IS NULL RETURNING id`,
  );
  return rows[0] ? getEntry(client, rows[0].id) : null;
}

const timer: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/timer',
    { schema: { tags, summary: 'The running entry, if one is', response: { 200: Timer } } },
    async () => ({ entry: await getRunning(app.db) }),
  );

  app.post(
    '/timer/start',
    {
      schema: {
        tags,
        summary: 'Start an entry now; the one that is running ends',
        headers: WriteHeaders,
        body: NewTimer,
        response: { 200: Type.Object({ entry: Entry }), ...problems(400, 409, 415, 422) },
      },
    },
    (request, reply) =>
      write(app.db, request, reply, 200, async (client) => {
        const stopped = await stop(client);
        const start = stopped?.end ?? (await currentSecond(client));
        return { entry: await insertEntry(client, { ...request.body, start }) };
      }),
  );

  app.post(
    '/timer/stop',
    {
      schema: {
        tags,
        summary: 'End the running entry; null if none was running',
        headers: WriteHeaders,
        response: { 200: Timer, ...problems(400) },
      },
    },
    (request, reply) =>
      write(app.db, request, reply, 200, async (client) => ({ entry: await stop(client) })),
  );
};
export default timer;
