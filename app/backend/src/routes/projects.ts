import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Static } from 'typebox';
import { afterName, namedPage } from '../cursor.js';
import type { Queryable } from '../database/database.js';
import { sqlState } from '../database/errors.js';
import { write } from '../database/idempotency.js';
import { newColorsSql } from '../entries/palette.js';
import { Problem } from '../problem.js';
import { IdParams, PageOf } from '../schemas/common.js';
import { NewProject, Project, ProjectChange, ProjectQuery } from '../schemas/projects.js';
import { ChangeHeaders, problems, WriteHeaders } from '../schemas/responses.js';
import { etag, requireVersion, versionOf } from '../version.js';

type Shown = Static<typeof Project>;

interface Row {
  id: string;
  name: string;
  color: string;
  archived: boolean;
  client_id: string | null;
  client_name: string | null;
}

const tags = ['projects'];
const SELECT = `SELECT p.id, p.name, p.color, p.archived, p.client_id, c.name AS client_name,
  lower(p.name) AS key FROM projects p LEFT JOIN clients c ON c.id = p.client_id`;

const show = ({ id, name, color, archived, client_id, client_name }: Row): Shown => ({
  ...{ id, name, color, archived },
  client: client_id === null ? null : { id: client_id, name: client_name ?? '' },
  version: versionOf([name, color, archived, client_id]),
});

async function getProject(db: Queryable, id: string): Promise<Shown> {
  const { rows } = await db.query<Row>(`${SELECT} WHERE p.id = $1`, [id]);
  if (!rows[0]) throw new Problem(404, 'There is no such project.');
  return show(rows[0]);
}

async function save(db: Queryable, sql: string, values: unknown[]): Promise<Shown> {
  try {
    const { rows } = await db.query<{ id: string }>(`${sql} RETURNING id`, values);
    return await getProject(db, rows[0]?.id ?? '');
  } catch (error) {
    if (sqlState(error) === '23503') throw new Problem(422, 'There is no such client.');
    if (sqlState(error) !== '23505') throw error;
    throw new Problem(409, 'There is a project of that name.');
  }
}

const projects: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/projects',
    {
      schema: {
        tags,
        summary: 'Projects by name',
        querystring: ProjectQuery,
        response: { 200: PageOf(Project), ...problems(400) },
      },
    },
    async ({ query: { cursor, client, limit = 1000 } }) => {
      const rows = await app.db.read<Row & { key: string }>(
        `${SELECT} WHERE (lower(p.name), p.id) > ($1, $2) AND ($4::uuid IS NULL OR p.client_id = $4)
         ORDER BY lower(p.name), p.id LIMIT $3`,
        [...afterName(cursor), limit + 1, client ?? null],
      );
      const { page, nextCursor } = namedPage(rows, limit);
      return { items: page.map(show), nextCursor };
    },
  );

  app.post(
    '/projects',
    {
      schema: {
        tags,
        summary: 'Add one',
        headers: WriteHeaders,
        body: NewProject,
        response: { 201: Project, ...problems(400, 409, 415) },
      },
    },
    async (request, reply) => {
      const { name, color, archived, client } = request.body;
      const project = await write(app.db, request, reply, 201, (db) =>
        save(
          db,
          `INSERT INTO projects (name, color, archived, client_id)
           SELECT $1, coalesce($2, color), $3, $4 FROM ${newColorsSql('0')} WHERE number = 1`,
          [name.normalize('NFC'), color ?? null, archived ?? false, client ?? null],
        ),
      );
      reply.header('etag', etag(project.version));
      return project;
    },
  );

  app.patch(
    '/projects/:id',
    {
      schema: {
        tags,
        summary: 'Rename, recolour, archive, or give to a client',
        headers: ChangeHeaders,
        params: IdParams,
        body: ProjectChange,
        response: { 200: Project, ...problems(400, 404, 409, 412, 415) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { name, color, archived, client } = request.body;
      const project = await write(app.db, request, reply, 200, async (db) => {
        await db.query('SELECT FROM projects WHERE id = $1 FOR NO KEY UPDATE', [id]);
        const current = await getProject(db, id);
        requireVersion(request, { version: current.version, shown: current });
        return save(
          db,
          `UPDATE projects SET name = coalesce($2, name), color = coalesce($3, color),
             archived = coalesce($4, archived), client_id = CASE WHEN $5 THEN $6 ELSE client_id END
           WHERE id = $1`,
          [
            id,
            name?.normalize('NFC') ?? null,
            color ?? null,
            archived ?? null,
            client !== undefined,
            client ?? null,
          ],
        );
      });
      reply.header('etag', etag(project.version));
      return project;
    },
  );
};
export default projects;
