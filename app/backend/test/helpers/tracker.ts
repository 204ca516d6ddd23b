import type { FastifyInstance, InjectOptions } from 'fastify';
import type { Entry } from '../../src/entries/entries.js';
import { logIn, startApp } from './app.js';
import { startPostgres, type TestPostgres } from './postgres.js';

type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/** An instance with someone logged in. */
export interface Tracker {
  app: FastifyInstance;
  postgres: TestPostgres;
  accessToken: string;
  /** A request with the access token; its answer's status and JSON. */
  call<T = Record<string, never>>(
    method: Method,
    url: string,
    payload?: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: T; headers: Record<string, unknown>; text: string }>;
  enter(start: string, end: string, more?: Record<string, unknown>): Promise<Entry>;
  /** Empties all tables and resets the settings. */
  clear(): void;
  close(): Promise<void>;
}

export async function startTracker(): Promise<Tracker> {
  const postgres = await startPostgres();
  const app = await startApp(postgres);
  const { accessToken } = await logIn(app);
  const tracker: Tracker = {
    app,
    postgres,
    accessToken,
    async call(method, url, payload, headers = {}) {
      const response = await app.inject({
        method,
        url,
        headers: { authorization: `Bearer ${accessToken}`, ...headers },
        ...(payload !== undefined && { payload: payload as NonNullable<InjectOptions['payload']> }),
      });
      const { statusCode: status, body: text } = response;
      const json = /json/.test(String(response.headers['content-type']));
      return { status, body: json ? JSON.parse(text) : undefined, headers: response.headers, text };
    },
    async enter(start, end, more = {}) {
      const { status, body, text } = await tracker.call<Entry>('POST', '/api/entries', {
        start,
        end,
        ...more,
      });
      if (status !== 201) throw new Error(text);
      return body;
    },
    clear() {
      postgres.sql(
        'TRUNCATE entries, projects, clients, tags, import_jobs, idempotency_keys, settings CASCADE; INSERT INTO settings DEFAULT VALUES',
      );
    },
    async close() {
      await app.close();
      postgres.remove();
    },
  };
  return tracker;
}

/** A query string. */
export const search = (query: Record<string, string | number>) =>
  new URLSearchParams(
    Object.entries(query).map(([key, value]): [string, string] => [key, String(value)]),
  );
