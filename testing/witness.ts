// A client that writes entries without a pause and keeps a journal, outside the stack, of what was acknowledged.
import { randomUUID } from 'node:crypto';
import * as http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { send } from './load';

/** What the witness saw, and what it found in the database afterwards. */
export interface Testimony {
  /** Writes that were answered with 201. */
  readonly acknowledged: number;
  /** Attempts that weren't: each is made again with the same key until it is. */
  readonly failed: number;
  /** What became of those: how many by status, or by what was thrown. */
  readonly failures: Readonly<Record<string, number>>;
  /** The longest time without an acknowledged write, in milliseconds. */
  readonly longestPauseMs: number;
  /** Acknowledged, and not in the database. */
  readonly lost: readonly string[];
  /** In the database more than once. */
  readonly doubled: readonly string[];
}

const writers = 4;
/** Pause after each write of a writer, in milliseconds: what else runs on the machine has its own to do. */
const pauseMs = 50;
/** How long an attempt may take before it is made again, in milliseconds. */
const attemptMs = 5000;
/** It ends by itself after so many writes or seconds. */
const bounds = { writes: 200_000, seconds: 1500 };

export class Witness {
  /** Name of each acknowledged entry. */
  private readonly journal: string[] = [];
  private readonly started = Date.now();
  private lastAcknowledged = Date.now();
  private longestPauseMs = 0;
  private failed = 0;
  private readonly failures: Record<string, number> = {};
  private stopped = false;
  private token = '';
  private readonly work: Promise<void>[];

  private constructor(
    private readonly url: string,
    private readonly password: string,
  ) {
    this.work = Array.from({ length: writers }, () => this.write());
  }

  /**
   * Writes from before `act` until, after it, writes are acknowledged again.
   *
   * @param inDatabase the descriptions of all entries, asked when the writing has ended
   * @throws what `act` throws; and if no write is acknowledged within 180 s after it
   */
  static async during(
    url: string,
    password: string,
    act: (witness: Witness) => Promise<void>,
    inDatabase: () => Promise<readonly string[]>,
  ): Promise<Testimony> {
    const witness = new Witness(url, password);
    try {
      await witness.hasWritten(20);
      await act(witness);
      await witness.hasWritten(20);
    } finally {
      await witness.stop();
    }
    return witness.compare(await inDatabase());
  }

  /** What is acknowledged at this moment. */
  get acknowledged(): readonly string[] {
    return [...this.journal];
  }

  /** Waits until so many more writes are acknowledged. */
  private async hasWritten(more: number): Promise<void> {
    const wanted = this.journal.length + more;
    const deadline = Date.now() + 180_000;
    while (this.journal.length < wanted) {
      if (Date.now() > deadline) throw new Error('No write is acknowledged any more.');
      await pause(50);
    }
  }

  private async stop(): Promise<void> {
    this.stopped = true;
    await Promise.all(this.work);
  }

  private compare(found: readonly string[]): Testimony {
    const counts = new Map<string, number>();
    for (const name of found) counts.set(name, (counts.get(name) ?? 0) + 1);
    return {
      acknowledged: this.journal.length,
      failed: this.failed,
      failures: this.failures,
      longestPauseMs: this.longestPauseMs,
      lost: this.journal.filter((name) => !counts.has(name)),
      doubled: [...counts]
        .filter(([name, count]) => name.startsWith('witness ') && count > 1)
        .map(([name]) => name),
    };
  }

  private isOver(): boolean {
    const seconds = (Date.now() - this.started) / 1000;
    return this.stopped || this.journal.length >= bounds.writes || seconds >= bounds.seconds;
  }

  private async write(): Promise<void> {
    // A connection that is cut off must not be waited for: another one is made for the next attempt.
    let agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    while (!this.isOver()) {
      const now = Date.now();
      const body = {
        start: new Date(now - 60_000).toISOString(),
        end: new Date(now).toISOString(),
        description: `witness ${randomUUID()}`,
      };
      const key = randomUUID();
      // The same again, or the key would be refused that it was used with another.
      while (!this.isOver() && !(await this.attempt(agent, body, key))) {
        this.failed++;
        agent.destroy();
        agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
        await pause(200);
      }
      await pause(pauseMs);
    }
    agent.destroy();
  }

  /** Whether it is acknowledged. */
  private async attempt(
    agent: http.Agent,
    body: { readonly description: string },
    key: string,
  ): Promise<boolean> {
    try {
      if (this.token === '') await this.logIn(agent);
      const headers = { authorization: `Bearer ${this.token}`, 'idempotency-key': key };
      const request = { method: 'POST', path: '/api/entries', headers, body };
      const { status } = await within(attemptMs, send(agent, this.url, request));
      if (status === 401) this.token = '';
      if (status !== 201) return this.note(String(status));
      this.journal.push(body.description);
      this.longestPauseMs = Math.max(this.longestPauseMs, Date.now() - this.lastAcknowledged);
      this.lastAcknowledged = Date.now();
      return true;
    } catch (error) {
      return this.note((error as NodeJS.ErrnoException).code ?? (error as Error).message);
    }
  }

  private note(why: string): false {
    this.failures[why] = (this.failures[why] ?? 0) + 1;
    return false;
  }

  private async logIn(agent: http.Agent): Promise<void> {
    const body = { username: 'admin', password: this.password };
    const request = { method: 'POST', path: '/api/auth/login', body };
    const { body: answer } = await within(attemptMs, send(agent, this.url, request));
    this.token = (JSON.parse(answer) as { accessToken: string }).accessToken;
  }
}

async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return Promise.race([
    work,
    pause(milliseconds).then(() => {
      throw new Error(`no answer in ${milliseconds} ms`);
    }),
  ]);
}
