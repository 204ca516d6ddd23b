import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type TSchema, Type } from 'typebox';
import { csvLines, jsonLines } from '../exports/export.js';
import { Entry, EntryFilter } from '../schemas/entries.js';
import { problems } from '../schemas/responses.js';

const tags = ['export'];
const attachment = (name: string) => `attachment; filename="${name}"`;

/** A stream is described by what it adds up to; its type is not that of the schema. */
const streamed = (type: string, schema: TSchema): Record<number, unknown> => ({
  200: { description: 'The entries, oldest first', content: { [type]: { schema } } },
  ...problems(400, 422),
});

/** A stream whose first part is there, so that what goes wrong before it is still a problem. */
async function begun(lines: AsyncGenerator<string>): Promise<Readable> {
  const first = await lines.next();
  async function* all() {
    if (!first.done) yield first.value;
    yield* lines;
  }
  return Readable.from(all());
}

const exports: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/export.csv',
    {
      schema: {
        tags,
        summary: 'Entries as CSV, which can be imported again without loss',
        description:
          'A cell that a spreadsheet would run as a formula has an apostrophe in front. The running entry is left out.',
        querystring: EntryFilter,
        response: streamed('text/csv', Type.String()),
      },
    },
    async (request, reply) => {
      const lines = await begun(csvLines(app.db, request.query));
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', attachment('hours.csv'))
        .send(lines);
    },
  );

  app.get(
    '/export.json',
    {
      schema: {
        tags,
        summary: 'Entries as JSON',
        querystring: EntryFilter,
        response: streamed('application/json', Type.Array(Entry)),
      },
    },
    async (request, reply) => {
      const lines = await begun(jsonLines(app.db, request.query));
      return reply
        .type('application/json; charset=utf-8')
        .header('content-disposition', attachment('hours.json'))
        .send(lines);
    },
  );
};
export default exports;
