import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Static } from 'typebox';
import { afterName, namedPage } from '../cursor.js';
import type { Queryable } from '../database/database.js';
import { sqlState } from '../database/errors.js';
import { write } from '../database/idempotency.js';
import { Problem } from '../problem.js';
import { IdParams, PageOf } from '../schemas/common.js';
import { Client, ClientChange, NameQuery, NewClient } from '../schemas/projects.js';
import { ChangeHeaders, problems, WriteHeaders } from '../schemas/responses.js';
import { etag, requireVersion, versionOf } from '../version.js';

type Shown = Static<typeof Client>;
type Row = Omit<Shown, 'version'>;

const tags = ['clients'];
const COLUMNS = 'id, name, archived';
const show = ({ id, name, archived }: Row): Shown => ({
  ...{ id, name, archived },
  version: versionOf([name, archived]),
});

async function save(db: Queryable, sql: string, values: unknown[]): Promise<Shown> {
  try {
    const { rows } = await db.query<Row>(`${sql} RETURNING ${COLUMNS}`, values);
    if (!rows[0]) throw new Problem(404, 'There is no such client.');
    return show(rows[0]);
  } catch (error) {
    if (sqlState(error) !== '23505') throw error;
    throw new Problem(409, 'There is a client of that name.');
  }
}

const clients: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/clients',
    {
      schema: {
        tags,
        summary: 'Clients by name',
        querystring: NameQuery,
        response: { 200: PageOf(Client), ...problems(400) },
      },
    },
    async ({ query: { cursor, limit = 1000 } }) => {
      const rows = await app.db.read<Row & { key: string }>(
        `SELECT ${COLUMNS}, lower(name) AS key FROM clients WHERE (lower(name), id) > ($1, $2)
         ORDER BY lower(name), id LIMIT $3`,
        [...afterName(cursor), limit + 1],
      );
      const { page, nextCursor } = namedPage(rows, limit);
      return { items: page.map(show), nextCursor };
    },
  );

  app.post(
    '/clients',
    {
      schema: {
        tags,
        summary: 'Add one',
        headers: WriteHeaders,
        body: NewClient,
        response: { 201: Client, ...problems(400, 409, 415) },
      },
    },
    async (request, reply) => {
      const { name, archived = false } = request.body;
      const client = await write(app.db, request, reply, 201, (db) =>
        save(db, 'INSERT INTO clients (name, archived) VALUES ($1, $2)', [
          name.normalize('NFC'),
          archived,
        ]),
      );
      reply.header('etag', etag(client.version));
      return client;
    },
  );

  app.patch(
    '/clients/:id',
    {
      schema: {
        tags,
        summary: 'Rename or archive',
        headers: ChangeHeaders,
        params: IdParams,
        body: ClientChange,
        response: { 200: Client, ...problems(400, 404, 409, 412, 415) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { name, archived } = request.body;
      const client = await write(app.db, request, reply, 200, async (db) => {
        const { rows } = await db.query<Row>(
          `SELECT ${COLUMNS} FROM clients WHERE id = $1 FOR NO KEY UPDATE`,
          [id],
        );
        if (!rows[0]) throw new Problem(404, 'There is no such client.');
        const current = show(rows[0]);
        requireVersion(request, { version: current.version, shown: current });
        return save(
          db,
          `UPDATE clients SET name = coalesce($2, name), archived = coalesce($3, archived)
           WHERE id = $1`,
          [id, name?.normalize('NFC') ?? null, archived ?? null],
        );
      });
      reply.header('etag', etag(client.version));
      return client;
    },
  );
};
export default clients;
