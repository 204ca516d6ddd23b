import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { decodeCursor, encodeCursor } from '../cursor.js';
import type { Queryable } from '../database/database.js';
import { write } from '../database/idempotency.js';
import {
  COLUMNS,
  currentSecond,
  type EntryRow,
  getEntry,
  insertEntry,
  JOINS,
  lockEntry,
  OVERLAPS,
  type Entry as Shown,
  toEntry,
  updateEntry,
} from '../entries/entries.js';
import { filterSql, whereSql } from '../entries/filter.js';
import { instantOf, iso } from '../entries/times.js';
import { Problem } from '../problem.js';
import { IdParams, PageOf } from '../schemas/common.js';
import { Entry, EntryChange, EntryQuery, NewEntry, Split } from '../schemas/entries.js';
import { ChangeHeaders, problems, WriteHeaders } from '../schemas/responses.js';
import { etag, requireVersion } from '../version.js';

const tags = ['entries'];
const isKey = ([start, id]: string[]) =>
  /^\d{4}-[\d:.T-]{18}Z$/.test(start ?? '') &&
  !Number.isNaN(Date.parse(start ?? '')) &&
  /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id ?? '');

const LATEST_FIRST = 'ORDER BY e.start_at DESC, e.id DESC';
/** Entries in which a page of a tag, or of a text, is looked for before all that have it are. */
const NEAR = { tag: 10_000, text: 3_000 };

function pageSql(conditions: string[], most: number | string): string {
  return `SELECT * FROM entries e ${whereSql(conditions)} ${LATEST_FIRST} LIMIT ${most}`;
}

/**
 * The database can't know how rare a tag or a text is, and would go through all entries by time for
 * one that hardly any has. So only the nearest are gone through; where they don't fill the page, all
 * that have it are taken by its index and sorted.
 */
function rarePageSql(
  { near, place, looked }: { near: number; place: string[]; looked: string[] },
  conditions: string[],
  most: string,
): string {
  return `WITH near AS MATERIALIZED (
      SELECT * FROM (${pageSql(place, near)}) e
      ${whereSql(looked)} ${LATEST_FIRST} LIMIT ${most}
    ), found AS (SELECT count(*) = ${most} AS enough FROM near)
    SELECT * FROM near WHERE (SELECT enough FROM found)
    UNION ALL (
      SELECT * FROM (
        SELECT * FROM entries e ${whereSql([...conditions, 'NOT (SELECT enough FROM found)'])} OFFSET 0
      ) e ${LATEST_FIRST} LIMIT ${most})`;
}

/** An entry's answer names its version. */
async function tagged(reply: FastifyReply, entry: Promise<Shown>): Promise<Shown> {
  const shown = await entry;
  reply.header('etag', etag(shown.version));
  return shown;
}

/** The entry that a request is for, in the version that it is for. */
async function lock(
  client: Queryable,
  id: string,
  request: Pick<FastifyRequest, 'headers' | 'body'>,
): Promise<Shown> {
  const entry = await lockEntry(client, id);
  requireVersion(request, { version: entry.version, shown: entry });
  return entry;
}

const entries: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/entries',
    {
      schema: {
        tags,
        summary: 'Entries, the latest first',
        querystring: EntryQuery,
        response: { 200: PageOf(Entry), ...problems(400, 422) },
      },
    },
    async ({ query: { cursor, limit = 50, ...filter } }) => {
      const values: unknown[] = [];
      const place: string[] = [];
      if (filter.to !== undefined) {
        place.push(`e.start_at < $${values.push(iso(instantOf(filter.to)))}`);
      }
      if (cursor !== undefined) {
        const [start, id] = decodeCursor(cursor, isKey);
        place.push(`(e.start_at, e.id) < ($${values.push(start)}, $${values.push(id)})`);
      }
      const near =
        filter.q !== undefined ? NEAR.text : filter.tag !== undefined ? NEAR.tag : undefined;
      const conditions = [...place, ...filterSql(filter, values)];
      const most = `$${values.push(limit + 1)}`;
      const page =
        near === undefined
          ? pageSql(conditions, most)
          : rarePageSql(
              { near, place, looked: filterSql(filter, values, 'look') },
              conditions,
              most,
            );
      const rows = await app.db.read<EntryRow>(
        `WITH page AS (${page})
         SELECT ${COLUMNS}, ${OVERLAPS} FROM page e ${JOINS}
         ${LATEST_FIRST}`,
        values,
      );
      const items = rows.slice(0, limit).map(toEntry);
      const last = items.at(-1);
      const nextCursor = rows.length > limit && last ? encodeCursor([last.start, last.id]) : null;
      return { items, nextCursor };
    },
  );

  app.post(
    '/entries',
    {
      schema: {
        tags,
        summary: 'Enter one',
        headers: WriteHeaders,
        body: NewEntry,
        response: { 201: Entry, ...problems(400, 415, 422) },
      },
    },
    (request, reply) =>
      tagged(
        reply,
        write(app.db, request, reply, 201, (client) => insertEntry(client, request.body)),
      ),
  );

  app.get(
    '/entries/:id',
    {
      schema: {
        tags,
        summary: 'One entry',
        params: IdParams,
        response: { 200: Entry, ...problems(400, 404) },
      },
    },
    ({ params }, reply) => tagged(reply, getEntry(app.db, params.id)),
  );

  app.patch(
    '/entries/:id',
    {
      schema: {
        tags,
        summary: 'Change what is given',
        headers: ChangeHeaders,
        params: IdParams,
        body: EntryChange,
        response: { 200: Entry, ...problems(400, 404, 412, 415, 422) },
      },
    },
    (request, reply) =>
      tagged(
        reply,
        write(app.db, request, reply, 200, async (client) => {
          const entry = await lock(client, request.params.id, request);
          return updateEntry(client, entry, request.body);
        }),
      ),
  );

  app.delete(
    '/entries/:id',
    {
      schema: {
        tags,
        summary: 'Delete one',
        headers: ChangeHeaders,
        params: IdParams,
        response: { 204: Type.Null(), ...problems(400, 404, 412) },
      },
    },
    (request, reply) =>
      write(app.db, request, reply, 204, async (client) => {
        await lock(client, request.params.id, request);
        await client.query('DELETE FROM entries WHERE id = $1', [request.params.id]);
        return null;
      }),
  );

  app.post(
    '/entries/:id/split',
    {
      schema: {
        tags,
        summary: 'Cut in two at an instant between its start and its end',
        headers: ChangeHeaders,
        params: IdParams,
        body: Split,
        response: {
          200: Type.Object({ items: Type.Array(Entry, { minItems: 2, maxItems: 2 }) }),
          ...problems(400, 404, 412, 415, 422),
        },
      },
    },
    (request, reply) =>
      write(app.db, request, reply, 200, async (client) => {
        const { at } = request.body;
        const whole = await lock(client, request.params.id, request);
        const inside = instantOf(at) > Date.parse(whole.start);
        const end = whole.end ?? (await currentSecond(client));
        if (!inside || instantOf(at) >= Date.parse(end)) {
          throw new Problem(422, 'The cut must be after its start and before its end.');
        }
        await updateEntry(client, whole, { end: at });
        const second = await insertEntry(client, {
          ...whole,
          start: at,
          project: whole.project?.id ?? null,
        });
        return { items: [await getEntry(client, whole.id), second] };
      }),
  );

  app.post(
    '/entries/:id/duplicate',
    {
      schema: {
        tags,
        summary: 'Enter the same again; of a running one, as it is now',
        headers: WriteHeaders,
        params: IdParams,
        response: { 201: Entry, ...problems(400, 404) },
      },
    },
    (request, reply) =>
      write(app.db, request, reply, 201, async (client) => {
        const entry = await getEntry(client, request.params.id);
        return insertEntry(client, {
          ...entry,
          end: entry.end ?? (await currentSecond(client)),
          project: entry.project?.id ?? null,
        });
      }),
  );
};
export default entries;
