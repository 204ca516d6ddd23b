// One upgrade at a time, and from a moment on no write to the database: by a session of its own, which ends with this
// process, with the database, or when it is released.
import { type ChildProcess, spawn } from 'node:child_process';
import { Problem } from '../host/problem';
import { databaseName, databaseSuperuser } from '../infra/database';

/** How long a write that is under way may take, in seconds. */
const patience = 60;

/** Another number than any that the backends lock. */
const claim = `
SET lock_timeout = '${patience}s'; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;
SELECT CASE WHEN pg_try_advisory_lock(7239105) THEN 'claimed' ELSE 'taken' END;
`;

/** Reading goes on. */
const holdBack = String.raw`
BEGIN;
SELECT 'LOCK TABLE ' || string_agg(format('%I.%I', nspname, relname), ', ') || ' IN EXCLUSIVE MODE'
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind IN ('r', 'p') AND nspname !~ '^pg_' AND nspname <> 'information_schema' \gexec
\echo held
`;

export class WriteLock {
  private said = '';
  private readonly session: ChildProcess;
  private wake = () => {};

  private constructor(container: string) {
    const psql = ['psql', '-U', databaseSuperuser, '-d', databaseName];
    const quiet = ['-qtAX', '-v', 'ON_ERROR_STOP=1'];
    this.session = spawn('docker', ['exec', '-i', container, ...psql, ...quiet]);
    const hear = (text: string) => {
      this.said += text;
      this.wake();
    };
    this.session.stdin?.on('error', () => {});
    this.session.stdout?.setEncoding('utf8').on('data', hear);
    this.session.stderr?.setEncoding('utf8').on('data', hear);
    this.session.on('error', ({ message }) => hear(message));
    this.session.on('close', () => this.wake());
  }

  /** @param container the database's @throws Problem if another upgrade has it, or the database can't be asked */
  static async claim(container: string): Promise<WriteLock> {
    const lock = new WriteLock(container);
    if (await lock.says(claim, /^claimed$/m, /^taken$/m)) return lock;
    lock.release();
    throw new Problem(
      /^taken$/m.test(lock.said)
        ? 'Another upgrade of this database is under way: nothing is changed.'
        : `The database can't be asked, and nothing is changed: ${lock.said.trim()}`,
    );
  }

  /** From here on nobody writes. @throws Problem if a write goes on for too long */
  async holdBack(): Promise<void> {
    if (!(await this.says(holdBack, /^held$/m)))
      throw new Problem(
        `The writes to the database could not be held back, and nothing is changed: ${this.said.trim()}`,
      );
  }

  /** Whether it has been held up to now. */
  get isHeld(): boolean {
    return this.session.exitCode === null && this.session.signalCode === null;
  }

  release(): void {
    this.session.stdin?.destroy();
    this.session.kill();
  }

  /** Runs statements until it says something; whether it does. The input stays open: the session ends with it. */
  private says(statements: string, yes: RegExp, no?: RegExp): Promise<boolean> {
    this.session.stdin?.write(statements);
    return new Promise((resolve) => {
      this.wake = () => {
        if (yes.test(this.said)) resolve(true);
        else if (no?.test(this.said) || !this.isHeld) resolve(false);
      };
      this.wake();
    });
  }
}
