import { Readable } from 'node:stream';
import multipart, { type MultipartFile } from '@fastify/multipart';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { decodeCursor, encodeCursor } from '../cursor.js';
import type { Queryable } from '../database/database.js';
import { write } from '../database/idempotency.js';
import {
  createImports,
  getJob,
  type Job,
  MAX_FILE_BYTES,
  type Received,
  type Result,
} from '../imports/jobs.js';
import { undoImport } from '../imports/undo.js';
import { Problem } from '../problem.js';
import { IdParams } from '../schemas/common.js';
import {
  ImportForm,
  ImportList,
  ImportOptions,
  ImportProgress,
  ImportResult,
  Undone,
} from '../schemas/imports.js';
import { problems, WriteHeaders } from '../schemas/responses.js';

declare module 'fastify' {
  interface FastifyRequest {
    upload: MultipartFile | null;
  }
}

const tags = ['imports'];
const body = {
  consumes: ['multipart/form-data'],
  body: ImportForm,
  headers: WriteHeaders,
};
const Started = Type.Object({ importId: Type.String({ format: 'uuid' }) });
const isKey = ([created, id]: string[]) =>
  !Number.isNaN(Date.parse(created ?? '')) && /^[0-9a-f-]{36}$/.test(id ?? '');

const imports: FastifyPluginAsyncTypebox = async (app) => {
  await app.register(multipart, {
    limits: { fileSize: MAX_FILE_BYTES, files: 1, fields: 12, fieldSize: 10_000 },
  });
  app.decorateRequest('upload', null);
  const jobs = createImports(app.db, app.log);
  // Before the database's own: what runs is put back for another instance.
  app.addHook('preClose', () => jobs.stop());

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
      if (part?.type !== 'field') continue;
      fields[name] = name === 'mapping' || name === 'acceptGood' ? json(part.value) : part.value;
    }
    request.body = fields;
  }
  app.addHook('onError', async (request) => {
    request.upload?.file.resume();
  });

  /** Keeps the request's file. It is read later, as often as is needed. */
  function keep(request: FastifyRequest): Promise<Received> {
    if (!request.upload) throw new Problem(400, 'body/file is missing.');
    const { file, filename } = request.upload;
    const name =
      filename
        .normalize('NFC')
        .replace(/[\p{Cc}]+/gu, ' ')
        .slice(-200) || 'file';
    return jobs.receive(file, name);
  }

  /** As long as the caller is there. */
  function presence(reply: FastifyReply): AbortSignal {
    const left = new AbortController();
    reply.raw.on('close', () => left.abort(new Error('the caller has left')));
    return left.signal;
  }

  app.post(
    '/imports/preview',
    {
      bodyLimit: MAX_FILE_BYTES,
      preValidation: receive,
      schema: {
        tags,
        summary: 'What an import of a file would do. The file is kept for a day, to be started',
        description:
          'One whose columns say nothing is kept, too: the problem has them, and its `importId`.',
        ...body,
        response: { 200: ImportResult, ...problems(400, 408, 413, 415, 422) },
      },
    },
    async (request) => {
      const { file: _, importId: __, ...options } = request.body;
      const { id } = await keep(request);
      try {
        return await jobs.preview(id, options);
      } catch (error) {
        if (error instanceof Problem && error.details.columns) {
          await jobs.keep(id);
          throw new Problem(error.statusCode, error.detail, { ...error.details, importId: id });
        }
        await jobs.discard(id).catch(() => {});
        throw error;
      }
    },
  );

  app.post(
    '/imports/:id/preview',
    {
      schema: {
        tags,
        summary: 'The same of a file that is kept, read in another way',
        params: IdParams,
        headers: WriteHeaders,
        body: ImportOptions,
        response: { 200: ImportResult, ...problems(400, 404, 409, 415, 422) },
      },
    },
    ({ params, body: options }) => jobs.preview(params.id, options),
  );

  app.post(
    '/imports/:id/start',
    {
      schema: {
        tags,
        summary: 'Import a file that was previewed: it goes on by itself, and can be asked for',
        params: IdParams,
        headers: WriteHeaders,
        body: ImportOptions,
        response: { 202: Started, ...problems(400, 404, 409, 415, 422) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const started = await write(app.db, request, reply, 202, async (client) => {
        await client.query('SELECT FROM import_jobs WHERE id = $1 FOR UPDATE', [id]);
        const { status } = await getJob(client, id);
        if (status !== 'previewed' && status !== 'failed') {
          throw new Problem(409, 'It has been started.');
        }
        await jobs.enqueue(client, id, request.body);
        return { importId: id };
      });
      jobs.kick();
      return started;
    },
  );

  app.post(
    '/imports',
    {
      bodyLimit: MAX_FILE_BYTES,
      preValidation: receive,
      schema: {
        tags,
        summary: 'Import all of a file, or nothing if a line of it is in error, and wait for it',
        description:
          '`importId` is that of a preview. The import goes on when the caller leaves; with the same Idempotency-Key and file it is waited for again.',
        ...body,
        response: { 200: ImportResult, ...problems(400, 408, 413, 415, 422) },
      },
    },
    async (request, reply): Promise<Result> => {
      const { file: _, importId, ...options } = request.body;
      const { id, hash } = await keep(request);
      const start = async (client: Queryable) => {
        const started = importId ? await rename(client, id, importId) : id;
        await jobs.enqueue(client, started, options);
        return { importId: started };
      };
      let started: string;
      try {
        ({ importId: started } = await write(app.db, request, reply, 200, start, hash));
      } catch (error) {
        await jobs.discard(id).catch(() => {});
        throw error;
      }
      if (started !== id) {
        await jobs.discard(id);
        // What failed here, and not in the file, is tried again.
        const { status, result } = await getJob(app.db, started);
        const failed = status === 'failed' && result && 'problem' in result && result.problem;
        if (failed && failed.status >= 500) await jobs.enqueue(app.db, started, options);
      }
      jobs.kick();
      return jobs.outcome(started, presence(reply));
    },
  );

  app.get(
    '/imports',
    {
      schema: {
        tags,
        summary: 'Imports, the latest first',
        querystring: Type.Object(
          {
            cursor: Type.Optional(Type.String({ maxLength: 200 })),
            limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
          },
          { additionalProperties: false },
        ),
        response: { 200: ImportList, ...problems(400) },
      },
    },
    async ({ query: { cursor, limit = 50 } }) => {
      const [created, id] = cursor ? decodeCursor(cursor, isKey) : ['infinity', null];
      const rows = await app.db.read<ListedRow>(
        `SELECT id, status, file_name, created_at, ended_at,
                coalesce(result -> 'counts', result -> 'result' -> 'counts') AS counts,
                (SELECT count(*)::int FROM entries e WHERE e.import_id = i.id) AS entries
         FROM import_jobs i
         WHERE status NOT IN ('uploading', 'previewed')
           AND (date_trunc('milliseconds', created_at), id) < ($1, coalesce($2::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff'))
         ORDER BY date_trunc('milliseconds', created_at) DESC, id DESC LIMIT $3`,
        [created, id, limit + 1],
      );
      const page = rows.slice(0, limit);
      const last = rows.length > limit ? page.at(-1) : undefined;
      return {
        items: page.map((row) => ({
          id: row.id,
          status: row.status,
          fileName: row.file_name,
          createdAt: row.created_at.toISOString(),
          endedAt: row.ended_at?.toISOString() ?? null,
          counts: row.counts,
          entries: row.entries,
        })),
        nextCursor: last ? encodeCursor([last.created_at.toISOString(), last.id]) : null,
      };
    },
  );

  app.get(
    '/imports/:id',
    {
      schema: {
        tags,
        summary: 'How far an import has come, and what came of it',
        params: IdParams,
        response: { 200: ImportProgress, ...problems(400, 404) },
      },
    },
    async ({ params }) => {
      const [row] = await app.db.read<JobRow>(
        `SELECT i.*, (
           SELECT count(*)::int FROM import_jobs o
           WHERE i.status = 'waiting' AND o.status IN ('waiting', 'running')
             AND (o.queued_at, o.id) < (i.queued_at, i.id)) AS ahead
         FROM import_jobs i WHERE id = $1`,
        [params.id],
      );
      if (!row) throw new Problem(404, 'There is no such import.');
      const failed = row.result && 'problem' in row.result ? row.result : undefined;
      return {
        id: row.id,
        status: row.status,
        fileName: row.file_name,
        done: row.done,
        total: row.total,
        written: row.written,
        ahead: row.ahead,
        createdAt: row.created_at.toISOString(),
        endedAt: row.ended_at?.toISOString() ?? null,
        options: row.options,
        result: failed ? (failed.result ?? null) : (row.result as Result | null),
        problem: failed ? { status: failed.problem.status, detail: failed.problem.detail } : null,
      };
    },
  );

  app.get(
    '/imports/:id/rejected.csv',
    {
      schema: {
        tags,
        summary: 'The bad lines of a file as they are, with the reasons: to be mended and imported',
        description: 'As long as the file is kept: a day after a preview, a week after an import.',
        params: IdParams,
        response: {
          200: { description: 'CSV', content: { 'text/csv': { schema: Type.String() } } },
          ...problems(400, 404, 422),
        } as Record<number, unknown>,
      },
    },
    async (request, reply) => {
      const { id } = request.params as { id: string };
      const kept = await app.db.read('SELECT FROM import_files WHERE import_id = $1 LIMIT 1', [id]);
      if (kept.length === 0) throw new Problem(404, 'The file is not kept, or no longer.');
      const lines = jobs.rejected(id);
      const first = await lines.next();
      async function* all() {
        if (!first.done) yield first.value;
        yield* lines;
      }
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', 'attachment; filename="rejected.csv"')
        .send(Readable.from(all()));
    },
  );

  app.post(
    '/imports/:id/undo',
    {
      schema: {
        tags,
        summary: 'Take an import out as a whole, with what came into being by it alone',
        description:
          'Its entries go, also those that were changed here since; entries that got another project have the one of before. One that still waits is taken out of the queue.',
        params: IdParams,
        headers: WriteHeaders,
        response: { 200: Undone, ...problems(400, 404, 409, 422) },
      },
    },
    (request, reply) =>
      write({ transaction: app.db.bulk }, request, reply, 200, async (client) => {
        const { id } = request.params;
        await client.query('SELECT FROM import_jobs WHERE id = $1 FOR UPDATE', [id]);
        const { status } = await getJob(client, id);
        if (status === 'running') throw new Problem(409, 'It is at work: wait until it is done.');
        if (status !== 'done' && status !== 'waiting') {
          throw new Problem(409, 'There is nothing of it to undo.');
        }
        return undoImport(client, id);
      }),
  );
};
export default imports;

interface JobRow extends Job {
  created_at: Date;
  ended_at: Date | null;
  ahead: number;
}

interface ListedRow extends Pick<Job, 'id' | 'status' | 'file_name'> {
  created_at: Date;
  ended_at: Date | null;
  counts: Result['counts'] | null;
  entries: number;
}

/** Gives a file that has come the id of its preview, unless that has been started. */
async function rename(client: Queryable, id: string, wanted: string): Promise<string> {
  const { rows } = await client.query<{ total: number | null }>(
    "DELETE FROM import_jobs WHERE id = $1 AND status = 'previewed' RETURNING total",
    [wanted],
  );
  const { rowCount } = await client.query(
    `INSERT INTO import_jobs (id, status, file_name, file_bytes, file_hash, total)
     SELECT $2, status, file_name, file_bytes, file_hash, $3 FROM import_jobs WHERE id = $1
     ON CONFLICT DO NOTHING`,
    [id, wanted, rows[0]?.total ?? null],
  );
  if (rowCount === 0) return id;
  await client.query('UPDATE import_files SET import_id = $2 WHERE import_id = $1', [id, wanted]);
  await client.query('DELETE FROM import_jobs WHERE id = $1', [id]);
  return wanted;
}

/** The value, or the text itself if it is no JSON: the schema then says what is wrong with it. */
function json(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return text;
  }
}
