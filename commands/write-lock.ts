// Holds back every write to a database for as long as it is wanted: reading goes on.
import { type ChildProcess, spawn } from 'node:child_process';
import { Problem } from '../host/problem';

/** How long a write that is under way may take, in seconds. */
const patience = 60;

const statements = String.raw`
SET lock_timeout = '${patience}s'; SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0;
BEGIN;
SELECT 'LOCK TABLE ' || string_agg(format('%I.%I', nspname, relname), ', ') || ' IN EXCLUSIVE MODE'
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE relkind IN ('r', 'p') AND nspname !~ '^pg_' AND nspname <> 'information_schema' \gexec
\echo held
`;

export class WriteLock {
  private constructor(private readonly session: ChildProcess) {}

  /**
   * A lock of every table, in a session that ends with this process, with the database, or by `release`.
   *
   * @param container the database's
   * @throws Problem if a write goes on for too long
   */
  static hold(container: string): Promise<WriteLock> {
    const psql = [
      'psql',
      '-U',
      'timetracker',
      '-d',
      'timetracker',
      '-qtAX',
      '-v',
      'ON_ERROR_STOP=1',
    ];
    const session = spawn('docker', ['exec', '-i', container, ...psql], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let said = '';
    return new Promise((resolve, reject) => {
      const refuse = (why: string) =>
        reject(new Problem(`The writes to the database could not be held back: ${why.trim()}`));
      session.stdin.on('error', () => {});
      session.stdout.setEncoding('utf8').on('data', (text: string) => {
        said += text;
        if (/^held$/m.test(said)) resolve(new WriteLock(session));
      });
      session.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text;
      });
      session.on('error', (error) => refuse(error.message));
      session.on('close', () => refuse(said));
      // Left open: the session ends with its input.
      session.stdin.write(statements);
    });
  }

  /** Whether it has been held up to now. */
  get isHeld(): boolean {
    return this.session.exitCode === null && this.session.signalCode === null;
  }

  release(): void {
    this.session.stdin?.destroy();
    this.session.kill();
  }
}
