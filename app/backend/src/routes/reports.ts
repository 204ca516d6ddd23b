import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { instantOf } from '../entries/times.js';
import { Problem } from '../problem.js';
import { summarize } from '../reports/summary.js';
import { Report, ReportQuery } from '../schemas/reports.js';
import { problems } from '../schemas/responses.js';
import { readSettings } from '../settings.js';

const MAX_YEARS = 11;
const YEAR_MS = 365.25 * 24 * 3600 * 1000;

const reports: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/reports/summary',
    {
      schema: {
        tags: ['reports'],
        summary: 'Hours of a period by day, week, month, project, client or tag',
        description:
          'Time zone, first day of the week and rounding are those of the settings, unless given.',
        querystring: ReportQuery,
        response: { 200: Report, ...problems(400, 422) },
      },
    },
    async ({ query }) => {
      const { groupBy = 'day', timezone, weekStart, ...rest } = query;
      const { rounding, roundingMinutes, roundingPer, ...filter } = rest;
      const length = instantOf(filter.to) - instantOf(filter.from);
      if (!(length > 0 && length <= MAX_YEARS * YEAR_MS)) {
        throw new Problem(422, `"to" must be after "from", by at most ${MAX_YEARS} years.`);
      }
      const settings = await readSettings(app.db);
      return summarize(app.db, {
        groupBy,
        filter,
        timezone: timezone ?? settings.timezone,
        weekStart: weekStart ?? settings.weekStart,
        rounding: {
          mode: rounding ?? settings.rounding.mode,
          minutes: roundingMinutes ?? settings.rounding.minutes,
          per: roundingPer ?? settings.rounding.per,
        },
      });
    },
  );
};
export default reports;
