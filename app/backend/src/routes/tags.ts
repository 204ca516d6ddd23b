import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { Type } from 'typebox';
import { decodeCursor, encodeCursor } from '../cursor.js';
import { PageOf } from '../schemas/common.js';
import { NameQuery } from '../schemas/projects.js';
import { problems } from '../schemas/responses.js';

const tags: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/tags',
    {
      schema: {
        tags: ['tags'],
        summary: 'Tags that were ever used, by name',
        querystring: NameQuery,
        response: { 200: PageOf(Type.String()), ...problems(400) },
      },
    },
    async ({ query: { cursor, limit = 1000 } }) => {
      const [after] = cursor ? decodeCursor(cursor, (key) => key.length === 1) : [''];
      const rows = await app.db.read<{ name: string }>(
        'SELECT name FROM tags WHERE name > $1 ORDER BY name LIMIT $2',
        [after, limit + 1],
      );
      const items = rows.slice(0, limit).map(({ name }) => name);
      const last = items.at(-1);
      return {
        items,
        nextCursor: rows.length > limit && last !== undefined ? encodeCursor([last]) : null,
      };
    },
  );
};
export default tags;
