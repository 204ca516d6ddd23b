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
  ...problems(400),
});

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
    async (request, reply) =>
      reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', attachment('hours.csv'))
        .send(Readable.from(csvLines(app.db, request.query))),
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
    async (request, reply) =>
      reply
        .type('application/json; charset=utf-8')
        .header('content-disposition', attachment('hours.json'))
        .send(Readable.from(jsonLines(app.db, request.query))),
  );
};
export default exports;
