import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { Static } from 'typebox';
import { decodeCursor, encodeCursor } from '../cursor.js';
import type { Queryable } from '../database/database.js';
import { sqlState } from '../database/errors.js';
import { write } from '../database/idempotency.js';
import { newColorsSql } from '../entries/palette.js';
import { Problem } from '../problem.js';
import { IdParams, PageOf } from '../schemas/common.js';
import { NewProject, Project, ProjectChange, ProjectQuery } from '../schemas/projects.js';
import { problems, WriteHeaders } from '../schemas/responses.js';

type ProjectRow = Static<typeof Project>;

const tags = ['projects'];
const COLUMNS = 'id, name, color, archived';

async function save(db: Queryable, sql: string, values: unknown[]): Promise<ProjectRow> {
  try {
    const { rows } = await db.query<ProjectRow>(`${sql} RETURNING ${COLUMNS}`, values);
    if (!rows[0]) throw new Problem(404, 'There is no such project.');
    return rows[0];
  } catch (error) {
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
    async ({ query: { cursor, limit = 1000 } }) => {
      const [after] = cursor ? decodeCursor(cursor, (key) => key.length === 1) : [''];
      const rows = await app.db.read<ProjectRow & { key: string }>(
        `SELECT ${COLUMNS}, lower(name) AS key FROM projects WHERE lower(name) > $1
         ORDER BY lower(name) LIMIT $2`,
        [after, limit + 1],
      );
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return {
        items: page.map(({ key: _, ...project }) => project),
        nextCursor: rows.length > limit && last ? encodeCursor([last.key]) : null,
      };
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
    (request, reply) =>
      write(app.db, request, reply, 201, async (client) => {
        const { name, color, archived } = request.body;
        return save(
          client,
          `INSERT INTO projects (name, color, archived)
           SELECT $1, coalesce($2, color), $3 FROM ${newColorsSql('0')} WHERE number = 1`,
          [name, color ?? null, archived ?? false],
        );
      }),
  );

  app.patch(
    '/projects/:id',
    {
      schema: {
        tags,
        summary: 'Rename, recolour or archive',
        headers: WriteHeaders,
        params: IdParams,
        body: ProjectChange,
        response: { 200: Project, ...problems(400, 404, 409, 415) },
      },
    },
    (request, reply) =>
      write(app.db, request, reply, 200, (client) => {
        const { name, color, archived } = request.body;
        return save(
          client,
          `UPDATE projects SET name = coalesce($2, name), color = coalesce($3, color),
             archived = coalesce($4, archived) WHERE id = $1`,
          [request.params.id, name ?? null, color ?? null, archived ?? null],
        );
      }),
  );
};
export default projects;
