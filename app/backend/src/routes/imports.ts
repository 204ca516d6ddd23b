import { randomUUID } from 'node:crypto';
import multipart, { type MultipartFile } from '@fastify/multipart';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyRequest } from 'fastify';
import type pg from 'pg';
import type { Static } from 'typebox';
import { write } from '../database/idempotency.js';
import { readLines } from '../imports/read.js';
import { commit, type Staged, stage } from '../imports/stage.js';
import { Problem } from '../problem.js';
import { IdParams } from '../schemas/common.js';
import { ImportForm, ImportProgress, ImportResult } from '../schemas/imports.js';
import { problems, WriteHeaders } from '../schemas/responses.js';
import { readSettings } from '../settings.js';
import { checkTimeZone } from '../zone.js';

declare module 'fastify' {
  interface FastifyRequest {
    upload: MultipartFile | null;
  }
}

const MAX_FILE_BYTES = 32 * 1024 * 1024;
/** How often the rows read so far are noted. */
const PROGRESS_MS = 300;

const tags = ['imports'];
const body = {
  consumes: ['multipart/form-data'],
  body: ImportForm,
  headers: WriteHeaders,
};

const imports: FastifyPluginAsyncTypebox = async (app) => {
  await app.register(multipart, {
    limits: { fileSize: MAX_FILE_BYTES, files: 1, fields: 10, fieldSize: 10_000 },
  });
  app.decorateRequest('upload', null);

  /** Takes the form's fields as the body to validate; the file stays a stream. */
  async function receive(request: FastifyRequest) {
    if (!request.isMultipart()) throw new Problem(415, 'This needs a multipart/form-data body.');
    // What the parser complains of before the file: no boundary, too many fields.
    const upload = await request.file().catch((error: Error) => {
      throw new Problem(400, error.message);
    });
    if (!upload) throw new Problem(400, 'body/file is missing.');
    request.upload = upload;
    const fields: Record<string, unknown> = { file: upload.filename };
    for (const [name, field] of Object.entries(upload.fields)) {
      const part = Array.isArray(field) ? field[0] : field;
      if (part?.type === 'field') fields[name] = name === 'mapping' ? json(part.value) : part.value;
    }
    request.body = fields;
  }
  app.addHook('onError', async (request) => {
    request.upload?.file.resume();
  });

  async function note(id: string, status: string, done: number, total: number | null = null) {
    await app.db.query(
      `INSERT INTO imports AS i (id, status, done, total) VALUES ($1, $2, $3, $4)
       ON CONFLICT (id) DO UPDATE SET status = $2, done = $3, total = coalesce($4, i.total)`,
      [id, status, done, total],
    );
  }

  /** Runs an import up to where its result is known. The steps in between are noted. */
  async function run(
    client: pg.PoolClient,
    request: FastifyRequest,
    form: Static<typeof ImportForm>,
    id: string,
  ): Promise<{ staged: Staged; lines: number }> {
    if (!request.upload) throw new Problem(400, 'body/file is missing.');
    const { file } = request.upload;
    const zone = form.timezone ?? (await readSettings(app.db)).timezone;
    checkTimeZone(zone);
    let lines = 0;
    let noted = Date.now();
    let noting = Promise.resolve();
    const read = readLines(file, { format: form.format, zone, mapping: form.mapping });
    const staged = await stage(client, read, (count) => {
      lines = count;
      if (Date.now() - noted < PROGRESS_MS) return;
      noted = Date.now();
      noting = note(id, 'running', count).catch((error) =>
        request.log.warn(error, 'progress not noted'),
      );
    });
    await noting;
    if (file.truncated) {
      throw new Problem(413, `The file is over ${MAX_FILE_BYTES / 1024 / 1024} MiB.`);
    }
    return { staged, lines };
  }

  app.post(
    '/imports/preview',
    {
      bodyLimit: MAX_FILE_BYTES,
      preValidation: receive,
      schema: {
        tags,
        summary: 'What an import would do; nothing is written',
        ...body,
        response: { 200: ImportResult, ...problems(400, 413, 415, 422) },
      },
    },
    async (request) => {
      const id = randomUUID();
      await app.db.query("DELETE FROM imports WHERE started_at < now() - interval '1 day'");
      const { staged, lines } = await app.db.bulk((client) =>
        run(client, request, request.body, id),
      );
      await note(id, 'previewed', 0, lines);
      return { importId: id, ...staged };
    },
  );

  app.post(
    '/imports',
    {
      bodyLimit: MAX_FILE_BYTES,
      preValidation: receive,
      schema: {
        tags,
        summary: 'Import all of a file, or nothing if a line of it is in error',
        ...body,
        response: { 200: ImportResult, ...problems(400, 413, 415, 422) },
      },
    },
    async (request, reply) => {
      const id = request.body.importId ?? randomUUID();
      try {
        return await write({ transaction: app.db.bulk }, request, reply, 200, async (client) => {
          const { staged, lines } = await run(client, request, request.body, id);
          if (staged.counts.error > 0) {
            throw new Problem(
              422,
              `Nothing was imported: ${staged.counts.error} lines are in error.`,
              {
                errors: staged.errors.map(({ line, reason }) => ({
                  path: `body/file/line ${line}`,
                  message: reason,
                })),
              },
            );
          }
          await note(id, 'running', lines, lines);
          const added = await commit(client);
          await note(id, 'done', lines, lines);
          const { counts } = staged;
          const duplicate = counts.duplicate + counts.new - added;
          return { importId: id, ...staged, counts: { new: added, duplicate, error: 0 } };
        });
      } catch (error) {
        await note(id, 'failed', 0).catch(() => {});
        throw error;
      }
    },
  );

  app.get(
    '/imports/:id',
    {
      schema: {
        tags,
        summary: 'How far an import has come',
        params: IdParams,
        response: { 200: ImportProgress, ...problems(400, 404) },
      },
    },
    async ({ params }) => {
      const [row] = await app.db.read<Static<typeof ImportProgress>>(
        'SELECT id, status, done, total FROM imports WHERE id = $1',
        [params.id],
      );
      if (!row) throw new Problem(404, 'There is no such import.');
      return row;
    },
  );
};
export default imports;

/** The value, or the text itself if it is no JSON: the schema then says what is wrong with it. */
function json(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return text;
  }
}
