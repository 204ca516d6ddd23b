import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { write } from '../database/idempotency.js';
import { ChangeHeaders, problems } from '../schemas/responses.js';
import { Settings } from '../schemas/settings.js';
import { readSettings } from '../settings.js';
import { etag, requireVersion, versionOf } from '../version.js';
import { checkTimeZone } from '../zone.js';

const tags = ['settings'];

const settings: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/settings',
    { schema: { tags, summary: 'How hours are shown', response: { 200: Settings } } },
    async (_request, reply) => {
      const settings = await readSettings(app.db);
      reply.header('etag', etag(versionOf(settings)));
      return settings;
    },
  );

  app.put(
    '/settings',
    {
      schema: {
        tags,
        summary: 'Set all of them; what is optional stays if it is left out',
        headers: ChangeHeaders,
        body: Settings,
        response: { 200: Settings, ...problems(400, 412, 415, 422) },
      },
    },
    async (request, reply) => {
      const { timezone, weekStart, rounding, workdayStart } = request.body;
      checkTimeZone(timezone);
      const settings = await write(app.db, request, reply, 200, async (client) => {
        await client.query('SELECT FROM settings FOR UPDATE');
        const current = await readSettings(client);
        requireVersion(request, { version: versionOf(current), shown: current });
        await client.query(
          `UPDATE settings SET timezone = $1, week_start = $2, rounding_mode = $3,
             rounding_minutes = $4, rounding_per = coalesce($5, rounding_per),
             workday_start = coalesce($6, workday_start)`,
          [
            timezone,
            weekStart,
            rounding.mode,
            rounding.minutes,
            rounding.per ?? null,
            workdayStart ?? null,
          ],
        );
        return readSettings(client);
      });
      reply.header('etag', etag(versionOf(settings)));
      return settings;
    },
  );
};
export default settings;
