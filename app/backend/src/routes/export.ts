import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, type TSchema, Type } from 'typebox';
import type { ExportForm } from '../exports/columns.js';
import { csvLines, jsonLines, workbook } from '../exports/export.js';
import { OneOf, TimeZone } from '../schemas/common.js';
import { Entry, EntryFilter, entryFilter } from '../schemas/entries.js';
import { problems } from '../schemas/responses.js';
import { RoundingMinutes, RoundingMode } from '../schemas/settings.js';
import { readSettings } from '../settings.js';
import { zoneOf } from '../zone.js';

const tags = ['export'];
const attachment = (name: string) => `attachment; filename="${name}"`;
const SEPARATORS = { comma: ',', semicolon: ';', tab: '\t' } as const;

/** What is not said is as in the settings. */
const form = {
  timezone: Type.Optional(TimeZone),
  rounding: Type.Optional(RoundingMode),
  roundingMinutes: Type.Optional(RoundingMinutes),
};
const WorkbookQuery = Type.Object({ ...entryFilter, ...form }, { additionalProperties: false });
const CsvQuery = Type.Object(
  {
    ...entryFilter,
    ...form,
    separator: Type.Optional(
      OneOf(['comma', 'semicolon', 'tab'], {
        default: 'comma',
        description: 'With semicolons, a comma stands before the fraction of hours',
      }),
    ),
    mark: Type.Optional(
      Type.Boolean({
        default: true,
        description: 'Whether it begins with a byte order mark, by which Excel knows UTF-8',
      }),
    ),
  },
  { additionalProperties: false },
);

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
  async function formOf(query: Static<typeof CsvQuery>) {
    const {
      timezone,
      rounding,
      roundingMinutes,
      separator = 'comma',
      mark = true,
      ...filter
    } = query;
    const settings = await readSettings(app.db);
    const asked: ExportForm = {
      zone: zoneOf(timezone ?? settings.timezone),
      rounding:
        rounding === undefined
          ? { ...settings.rounding, minutes: roundingMinutes ?? settings.rounding.minutes }
          : {
              mode: rounding,
              minutes: roundingMinutes ?? settings.rounding.minutes,
              per: 'entry',
            },
      separator: SEPARATORS[separator],
      mark,
    };
    return { filter, asked };
  }

  app.get(
    '/export.csv',
    {
      schema: {
        tags,
        summary: 'Entries as CSV, which can be imported again without loss',
        description:
          'A cell that a spreadsheet would run as a formula has an apostrophe in front. The running entry is left out. Times are in UTC and local; where each entry is rounded, its rounded hours have a column.',
        querystring: CsvQuery,
        response: streamed('text/csv', Type.String()),
      },
    },
    async (request, reply) => {
      const { filter, asked } = await formOf(request.query);
      const lines = await begun(csvLines(app.db, filter, asked));
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', attachment('hours.csv'))
        .send(lines);
    },
  );

  app.get(
    '/export.xlsx',
    {
      schema: {
        tags,
        summary: 'Entries as a workbook, at most 20,000',
        description: 'Times are local ones, as such, and in UTC; hours are numbers.',
        querystring: WorkbookQuery,
        response: streamed(
          'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
          Type.String({ format: 'binary' }),
        ),
      },
    },
    async (request, reply) => {
      const { filter, asked } = await formOf(request.query);
      return reply
        .type('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet')
        .header('content-disposition', attachment('hours.xlsx'))
        .send(await workbook(app.db, filter, asked));
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
