import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { write } from '../database/idempotency.js';
import { problems, WriteHeaders } from '../schemas/responses.js';
import { Settings } from '../schemas/settings.js';
import { readSettings } from '../settings.js';
import { checkTimeZone } from '../timezone.js';

const tags = ['settings'];

const settings: FastifyPluginAsyncTypebox = async (app) => {
  app.get(
    '/settings',
    { schema: { tags, summary: 'How hours are shown', response: { 200: Settings } } },
    () => readSettings(app.db),
  );

  app.put(
    '/settings',
    {
      schema: {
        tags,
        summary: 'Set all of them',
        headers: WriteHeaders,
        body: Settings,
        response: { 200: Settings, ...problems(400, 415, 422) },
      },
    },
    async (request, reply) => {
      const { timezone, weekStart, rounding } = request.body;
      await checkTimeZone(app.db, timezone);
      return write(app.db, request, reply, 200, async (client) => {
        await client.query(
          `UPDATE settings SET timezone = $1, week_start = $2, rounding_mode = $3,
             rounding_minutes = $4`,
          [timezone, weekStart, rounding.mode, rounding.minutes],
        );
        return readSettings(client);
      });
    },
  );
};
export default settings;
