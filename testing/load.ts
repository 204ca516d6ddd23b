// A bounded load of a person's requests: reads and writes through the published port, the database in the path.
import { randomUUID } from 'node:crypto';
import * as http from 'node:http';

/** A request that takes longer than this counts as failed, in milliseconds. */
export const slowest = Number(process.env.SLOWEST_MS ?? 2000);

export interface LoadReport {
  readonly requests: number;
  /** What failed: status or error, and what was asked. */
  readonly failures: readonly string[];
  readonly slowestMs: number;
  readonly seconds: number;
}

interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

const connections = 8;
/**
 * Pause after each request of a connection, in milliseconds: the machine has builds to do as well. At 20, all that two
 * cores give, some 220 requests a second, as `npm run bench` and `e2e:soak` have it; at 80, a third of that.
 */
const pauseMs = Number(process.env.LOAD_PAUSE_MS ?? 80);
/** The load ends by itself after so many requests or seconds. */
const bounds = { requests: 400_000, seconds: 1200 };

export class Load {
  private readonly failures: string[] = [];
  private readonly started = Date.now();
  private requests = 0;
  private slowestMs = 0;
  private stopped = false;
  private workers: Promise<void>[] = [];
  private token = '';
  private cookie = '';

  private constructor(
    private readonly url: string,
    private readonly password: string,
  ) {}

  /** Logs in, then keeps 8 connections busy until `stop`. */
  private static async start(url: string, password: string): Promise<Load> {
    const load = new Load(url, password);
    await load.logIn(new http.Agent());
    if (!load.token) throw new Error(`The load can't log in: ${load.failures.join('\n')}`);
    load.workers = Array.from({ length: connections }, (_, index) => load.work(index));
    return load;
  }

  /**
   * The load from before `act` until what is only seen after it: old tasks that end, connections that
   * were kept. `see` gets the report even when `act` fails, whose
   * error is the one that is thrown.
   */
  static async during(
    url: string,
    password: string,
    act: () => Promise<void>,
    see: (report: LoadReport) => void = () => {},
  ): Promise<LoadReport> {
    const load = await Load.start(url, password);
    const failed = await act().then(
      () => undefined,
      (error: Error) => error,
    );
    if (!failed) await new Promise((resolve) => setTimeout(resolve, 5000));
    const report = await load.stop();
    try {
      see(report);
    } catch (error) {
      if (failed) failed.message += `\nMeanwhile: ${(error as Error).message}`;
      else throw error;
    }
    if (failed) throw failed;
    return report;
  }

  private async stop(): Promise<LoadReport> {
    this.stopped = true;
    await Promise.all(this.workers);
    return {
      requests: this.requests,
      failures: this.failures,
      slowestMs: this.slowestMs,
      seconds: Math.round((Date.now() - this.started) / 1000),
    };
  }

  private async work(index: number): Promise<void> {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const call = async (request: Call, expected: number) => {
      const answer = await this.measure(agent, request, expected);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      return answer;
    };
    for (let round = 0; !this.isOver(); round++) {
      const start = new Date(Date.UTC(2026, 0, 1, index, 0, round % 3600));
      const entry = { start: start.toISOString(), end: new Date(+start + 60_000).toISOString() };
      const made = await call(this.write('POST', '/api/entries', entry), 201);
      await call(this.read('/api/entries?limit=5'), 200);
      await call(this.read('/api/timer'), 200);
      await call({ method: 'GET', path: '/' }, 200);
      if (made) {
        const { id } = JSON.parse(made.body) as { id: string | number };
        await call(
          this.write('PATCH', `/api/entries/${id}`, { description: `round ${round}` }),
          200,
        );
        await call(this.write('DELETE', `/api/entries/${id}`), 204);
      }
      // One connection renews the session for all, and now and then logs in anew.
      if (index === 0 && round % 20 === 10) await this.refresh(agent);
      if (index === 0 && round % 200 === 100) await this.logIn(agent);
    }
    agent.destroy();
  }

  private isOver(): boolean {
    const seconds = (Date.now() - this.started) / 1000;
    return this.stopped || this.requests >= bounds.requests || seconds >= bounds.seconds;
  }

  private read(path: string): Call {
    return { method: 'GET', path, headers: { authorization: `Bearer ${this.token}` } };
  }

  /** As the page writes: with a key, so that whatever is between may send it again. */
  private write(method: string, path: string, body?: unknown): Call {
    const headers = { authorization: `Bearer ${this.token}`, 'idempotency-key': randomUUID() };
    return { method, path, headers, body };
  }

  private async logIn(agent: http.Agent): Promise<void> {
    const body = { username: 'admin', password: this.password };
    const headers = { 'idempotency-key': randomUUID() };
    const answer = await this.measure(
      agent,
      { method: 'POST', path: '/api/auth/login', body, headers },
      200,
    );
    if (answer) this.remember(answer);
  }

  private async refresh(agent: http.Agent): Promise<void> {
    const headers = {
      cookie: this.cookie,
      'x-requested-with': 'timetracker',
      'idempotency-key': randomUUID(),
    };
    const answer = await this.measure(
      agent,
      { method: 'POST', path: '/api/auth/refresh', headers },
      200,
    );
    if (answer) this.remember(answer);
  }

  private remember(answer: Answer): void {
    this.token = (JSON.parse(answer.body) as { accessToken: string }).accessToken;
    this.cookie = (answer.headers['set-cookie'] ?? []).map((one) => one.split(';')[0]).join('; ');
  }

  /** The answer, or undefined without the expected one; failures and slow answers are written down. */
  private async measure(
    agent: http.Agent,
    request: Call,
    expected: number,
  ): Promise<Answer | undefined> {
    const started = performance.now();
    const fail = (why: string) => {
      const at = new Date().toISOString().slice(11, 23);
      this.failures.push(`${at} ${request.method} ${request.path}: ${why}`);
      return undefined;
    };
    this.requests++;
    try {
      const answer = await send(agent, this.url, request);
      const took = performance.now() - started;
      this.slowestMs = Math.max(this.slowestMs, Math.round(took));
      if (answer.status !== expected)
        return fail(`${answer.status} instead of ${expected}: ${answer.body.slice(0, 200)}`);
      // Late, but it counts: a token in it is the one to go on with.
      if (took > slowest) fail(`took ${Math.round(took)} ms`);
      return answer;
    } catch (error) {
      return fail(
        `${(error as Error).message} after ${Math.round(performance.now() - started)} ms`,
      );
    }
  }
}

/** One request; throws on a broken connection, and after 30 s without an answer. */
export function send(agent: http.Agent, url: string, request: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const outgoing = http.request(
      `${url}${request.path}`,
      {
        agent,
        method: request.method,
        headers: {
          ...request.headers,
          ...(body && {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
          }),
        },
        timeout: 30_000,
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
        );
        response.on('error', reject);
      },
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in 30 s')));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}
