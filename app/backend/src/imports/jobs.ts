import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyBaseLogger } from 'fastify';
import type pg from 'pg';
import type { Static } from 'typebox';
import type { Database, Queryable } from '../database/database.js';
import { isUnavailable } from '../database/errors.js';
import { Problem, type ProblemDetails } from '../problem.js';
import type { ImportResult, ImportOptions as Options } from '../schemas/imports.js';
import { readSettings } from '../settings.js';
import { zoneOf } from '../zone.js';
import { csvCell } from './csv.js';
import type { Source } from './file.js';
import { type OpenFile, openFile } from './read.js';
import { prepareNames, type Staged, stage, unstage, writeEntries } from './stage.js';
import { undoNames } from './undo.js';

export type ImportOptions = Static<typeof Options>;
export type Result = Static<typeof ImportResult>;

export type Status =
  | 'uploading'
  | 'previewed'
  | 'waiting'
  | 'running'
  | 'done'
  | 'failed'
  | 'undone';

export interface Job {
  id: string;
  status: Status;
  file_name: string;
  options: ImportOptions;
  result: Result | { problem: FailedProblem; result?: Result } | null;
  done: number;
  total: number | null;
  written: number;
  tries: number;
}

interface FailedProblem {
  status: number;
  detail: string;
  errors?: ProblemDetails['errors'];
}

export const MAX_FILE_BYTES = 32 * 1024 * 1024;
const PART_BYTES = 256 * 1024;
/** How often what is read and written so far is noted. */
const PROGRESS_MS = 300;
/** How often a replica looks for imports that wait, or whose replica has ended. */
const LOOK_MS = 3_000;
const WAIT_MS = 150;
/** Any number that all instances agree on: who holds this lock runs the imports, one at a time. */
const LOCK = 7_239_105;
const MAX_TRIES = 3;
/** Files that are kept though nothing came of them, or not yet. */
const MAX_KEPT = 20;

export interface Imports {
  /** Keeps a file that is being sent. Throws a problem, 413, for one that is too large. */
  receive(file: AsyncIterable<Buffer> & { truncated?: boolean }, name: string): Promise<Received>;
  discard(id: string): Promise<void>;
  /** Keeps a file that can't be read as it is told to be. */
  keep(id: string): Promise<void>;
  /** What an import of a kept file would do. */
  preview(id: string, options: ImportOptions): Promise<Result>;
  /** Puts an import in the queue. */
  enqueue(client: Queryable, id: string, options: ImportOptions): Promise<void>;
  /** Makes the queue be looked at now. */
  kick(): void;
  /** The result of an import, when it is over. Throws the problem of one that failed. */
  outcome(id: string, signal: AbortSignal): Promise<Result>;
  /** The lines of a kept file that can't be read, as they are, with the reasons: a CSV file. */
  rejected(id: string): AsyncGenerator<string>;
  stop(): Promise<void>;
}

export interface Received {
  id: string;
  /** Of its content, in hexadecimal. */
  hash: string;
}

export async function getJob(db: Queryable, id: string): Promise<Job> {
  const { rows } = await db.query<Job>('SELECT * FROM import_jobs WHERE id = $1', [id]);
  if (!rows[0]) throw new Problem(404, 'There is no such import.');
  return rows[0];
}

export function createImports(db: Database, log: FastifyBaseLogger): Imports {
  const stopping = new AbortController();
  let working: Promise<void> | undefined;
  let again = false;

  const sourceOf = (id: string): Source =>
    async function* () {
      for (let part = 0; ; part++) {
        const [row] = await db.read<{ bytes: Buffer }>(
          'SELECT bytes FROM import_files WHERE import_id = $1 AND part = $2',
          [id, part],
        );
        if (!row) return;
        yield row.bytes;
      }
    };

  async function open(id: string, options: ImportOptions) {
    const settings = await readSettings(db);
    const zone = zoneOf(options.timezone ?? settings.timezone);
    const { format, mapping, dateOrder, encoding, decimalSign } = options;
    const file = await openFile(sourceOf(id), {
      ...{ format, mapping, dateOrder, encoding, decimalSign, zone },
      workdayStart: settings.workdayStart,
    });
    return { file, zone };
  }

  const toResult = (
    id: string,
    fileName: string,
    { columns, guesses }: OpenFile,
    timezone: string,
    staged: Staged,
  ): Result => ({
    importId: id,
    fileName,
    columns,
    reading: { ...guesses, timezone },
    ...staged,
  });

  async function receive(file: AsyncIterable<Buffer> & { truncated?: boolean }, name: string) {
    const id = randomUUID();
    const hash = createHash('sha256');
    let part = 0;
    let bytes = 0;
    let pending: Buffer[] = [];
    let length = 0;
    await clean();
    await db.query("INSERT INTO import_jobs (id, status, file_name) VALUES ($1, 'uploading', $2)", [
      id,
      name,
    ]);
    async function keepPart() {
      await db.query('INSERT INTO import_files (import_id, part, bytes) VALUES ($1, $2, $3)', [
        ...[id, part++],
        Buffer.concat(pending),
      ]);
      pending = [];
      length = 0;
    }
    try {
      for await (const chunk of file) {
        hash.update(chunk);
        pending.push(chunk);
        bytes += chunk.length;
        length += chunk.length;
        if (length >= PART_BYTES) await keepPart();
      }
      if (file.truncated) {
        throw new Problem(413, `The file is over ${MAX_FILE_BYTES / 1024 / 1024} MiB.`);
      }
      if (length > 0) await keepPart();
      await db.query('UPDATE import_jobs SET file_bytes = $2, file_hash = $3 WHERE id = $1', [
        ...[id, bytes],
        hash.copy().digest(),
      ]);
    } catch (error) {
      await discard(id).catch(() => {});
      throw error;
    }
    return { id, hash: hash.digest('hex') };
  }

  async function discard(id: string) {
    await db.query(
      "DELETE FROM import_jobs WHERE id = $1 AND status IN ('uploading', 'previewed')",
      [id],
    );
  }

  async function keep(id: string) {
    await db.query(
      "UPDATE import_jobs SET status = 'previewed' WHERE id = $1 AND status = 'uploading'",
      [id],
    );
  }

  /** What was looked at and not imported goes after a day, a file kept for its bad lines in a week. */
  async function clean() {
    await db.query(
      `DELETE FROM import_jobs WHERE status IN ('uploading', 'previewed', 'failed')
         AND created_at < now() - interval '1 day'`,
    );
    await db.query(
      `DELETE FROM import_jobs WHERE id IN (
         SELECT id FROM import_jobs WHERE status IN ('previewed', 'failed')
         ORDER BY created_at DESC OFFSET $1)`,
      [MAX_KEPT],
    );
    await db.query(
      `DELETE FROM import_files WHERE import_id IN (
         SELECT id FROM import_jobs WHERE ended_at < now() - interval '7 days')`,
    );
  }

  async function preview(id: string, options: ImportOptions): Promise<Result> {
    const job = await getJob(db, id);
    if (!['uploading', 'previewed', 'failed'].includes(job.status)) {
      throw new Problem(409, 'It has been started.');
    }
    let lines = 0;
    const result = await db.session(async (client) => {
      try {
        const { file, zone } = await open(id, options);
        const staged = await stage(client, file.lines(), {
          zone,
          differing: options.differing ?? 'new',
          onLine: (count) => {
            lines = count;
          },
        });
        return toResult(id, job.file_name, file, zone.name, staged);
      } finally {
        await unstage(client).catch(() => {});
      }
    });
    await db.query(
      `UPDATE import_jobs SET status = 'previewed', options = $2, result = $3, done = 0, total = $4
       WHERE id = $1 AND status IN ('uploading', 'previewed', 'failed')`,
      [id, options, result, lines],
    );
    return result;
  }

  async function enqueue(client: Queryable, id: string, options: ImportOptions) {
    await client.query(
      `UPDATE import_jobs SET status = 'waiting', options = $2, result = NULL, done = 0, written = 0,
         tries = 0, queued_at = now(), ended_at = NULL WHERE id = $1`,
      [id, options],
    );
  }

  function kick() {
    again = true;
    if (working || stopping.signal.aborted) return;
    working = (async () => {
      while (again && !stopping.signal.aborted) {
        again = false;
        await work().catch((error) => log.debug(error, 'imports wait for the database'));
      }
    })().finally(() => {
      working = undefined;
    });
  }

  /** Runs what waits, unless another instance does. */
  async function work() {
    // Looked for by short work: a session that only finds the lock taken would take one from those at work.
    const rows = await db.read(
      `SELECT FROM import_jobs WHERE status IN ('waiting', 'running') AND NOT EXISTS (
         SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database AND datname = current_database()
         WHERE locktype = 'advisory' AND classid = 0 AND objid = $1 AND objsubid = 1 AND granted) LIMIT 1`,
      [LOCK],
    );
    if (rows.length === 0) return;
    await db.session(async (client) => {
      const lock = await client.query<{ mine: boolean }>(
        'SELECT pg_try_advisory_lock($1) AS mine',
        [LOCK],
      );
      if (!lock.rows[0]?.mine) return;
      try {
        // With the lock held here, one that "is running" is of an instance that has ended.
        for (;;) {
          const { rows } = await client.query<Job>(
            `UPDATE import_jobs SET status = 'running', tries = tries + 1 WHERE id = (
               SELECT id FROM import_jobs WHERE status IN ('waiting', 'running')
               ORDER BY queued_at, id LIMIT 1) RETURNING *`,
          );
          if (!rows[0] || stopping.signal.aborted) break;
          await run(client, rows[0]);
        }
      } finally {
        await client.query('SELECT pg_advisory_unlock($1)', [LOCK]);
      }
    });
  }

  async function run(client: pg.PoolClient, job: Job): Promise<void> {
    try {
      if (job.tries > MAX_TRIES) {
        throw new Problem(503, 'It was interrupted again and again. Start it once more.');
      }
      await importFile(client, job);
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {});
      const interrupted = stopping.signal.aborted || isUnavailable(error);
      await undoNames(db, job.id).catch(() => {});
      if (interrupted) {
        await db.query("UPDATE import_jobs SET status = 'waiting', written = 0 WHERE id = $1", [
          job.id,
        ]);
        if (isUnavailable(error)) throw error;
        return;
      }
      if (!(error instanceof Problem)) log.error({ err: error, import: job.id }, 'import failed');
      const problem =
        error instanceof Problem
          ? error
          : new Problem(500, 'Something went wrong here. The log has more under this import.');
      const { errors } = problem.details;
      const failed: FailedProblem = {
        status: problem.statusCode,
        detail: problem.detail,
        ...(errors && { errors }),
      };
      const result =
        error instanceof BadLines ? { problem: failed, result: error.result } : { problem: failed };
      await db.query(
        `UPDATE import_jobs SET status = 'failed', result = $2, ended_at = now() WHERE id = $1`,
        [job.id, result],
      );
    } finally {
      await unstage(client).catch(() => {});
    }
  }

  async function importFile(client: pg.PoolClient, job: Job): Promise<void> {
    const { id, options } = job;
    const { differing = 'new', acceptGood = false } = options;
    const { file, zone } = await open(id, options);
    let lines = 0;
    let noted = Date.now();
    let noting: Promise<unknown> = Promise.resolve();
    const note = (change: string, count: number) =>
      db
        .query(`UPDATE import_jobs SET ${change} WHERE id = $1`, [id, count])
        .catch((error) => log.warn(error, 'progress not noted'));
    const staged = await stage(client, file.lines(), {
      zone,
      differing,
      onLine(count) {
        stopping.signal.throwIfAborted();
        lines = count;
        if (Date.now() - noted < PROGRESS_MS) return;
        noted = Date.now();
        noting = note('done = $2', count);
      },
    });
    await noting;
    const result = toResult(id, job.file_name, file, zone.name, staged);
    const { error } = staged.counts;
    if (error > 0 && !acceptGood) throw new BadLines(result);
    await note('done = $2, total = $2', lines);
    await prepareNames(client, id);
    await client.query('BEGIN');
    const { added, updated } = await writeEntries(client, id, {
      differing,
      async onWritten(count) {
        stopping.signal.throwIfAborted();
        await note('written = $2', count);
      },
    });
    const { counts } = result;
    const known = counts.duplicate + counts.new - added;
    const final: Result = {
      ...result,
      counts: { ...counts, new: added, duplicate: known, updated },
    };
    await client.query(
      `UPDATE import_jobs SET status = 'done', result = $2, ended_at = now(), written = $3
       WHERE id = $1`,
      [id, final, added],
    );
    if (error === 0) await client.query('DELETE FROM import_files WHERE import_id = $1', [id]);
    await client.query('COMMIT');
  }

  async function outcome(id: string, signal: AbortSignal): Promise<Result> {
    for (;;) {
      signal.throwIfAborted();
      const [job] = await db.read<{ status: Status }>(
        'SELECT status FROM import_jobs WHERE id = $1',
        [id],
      );
      if (job?.status === 'waiting' || job?.status === 'running') {
        await sleep(WAIT_MS, undefined, { signal });
        continue;
      }
      const { status, result } = await getJob(db, id);
      if ((status === 'done' || status === 'undone') && result) return result as Result;
      if (status === 'failed') {
        const { problem } = result as { problem: FailedProblem };
        throw new Problem(problem.status, problem.detail, {
          ...(problem.errors && { errors: problem.errors }),
        });
      }
      throw new Problem(409, 'It was taken out of the queue.');
    }
  }

  async function* rejected(id: string): AsyncGenerator<string> {
    const job = await getJob(db, id);
    const { file } = await open(id, job.options);
    const { delimiter } = file.guesses;
    const cell = (text: string) => csvCell(text, delimiter);
    const row = (raw: string, line: string, reason: string) =>
      `${[raw, cell(line), cell(reason)].join(delimiter)}\r\n`;
    yield `\ufeff${row(file.header, 'Import line', 'Import error')}`;
    for await (const line of file.lines()) {
      if (!('bad' in line)) continue;
      const { column, value, reason, hint } = line.bad;
      const where = column === null ? '' : `${column}${value ? ` "${value}"` : ''}: `;
      const missing = file.columns.length - cellsOf(line.raw, delimiter);
      const raw = line.raw + delimiter.repeat(Math.max(missing, 0));
      yield row(raw, String(line.line), [where + reason, hint].filter(Boolean).join('. '));
    }
  }

  const timer = setInterval(kick, LOOK_MS).unref();
  return {
    ...{ receive, discard, keep, preview, enqueue, kick, outcome, rejected },
    async stop() {
      stopping.abort(new Error('this instance ends'));
      clearInterval(timer);
      await working;
    },
  };
}

/** Nothing is imported if a line is bad and the good ones alone are not wanted. */
class BadLines extends Problem {
  constructor(readonly result: Result) {
    const { error } = result.counts;
    const lines = error === 1 ? '1 line is' : `${error} lines are`;
    super(422, `Nothing was imported: ${lines} in error.`, {
      errors: result.errors.map(({ line, column, value, reason }) => ({
        path: `body/file/line ${line}${column ? `/${column}` : ''}`,
        message: value && !reason.includes(value) ? `${reason}: "${value}"` : reason,
      })),
    });
  }
}

/** How many cells a broken line has, as far as that can be said. */
function cellsOf(raw: string, delimiter: string): number {
  let [outside, all] = [1, 1];
  let quoted = false;
  for (const character of raw) {
    if (character === '"') quoted = !quoted;
    if (character !== delimiter) continue;
    all += 1;
    if (!quoted) outside += 1;
  }
  return quoted ? all : outside;
}
