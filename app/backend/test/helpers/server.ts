import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import { freePort } from './port.js';

export interface TestServer {
  url: string;
  process: ChildProcess;
  /** Lines of its log so far. */
  log: string[];
  /** Its exit code, once it has ended. */
  ended: Promise<number | null>;
}

/** The real process, on a free loopback port. Resolves when it listens, or has ended. */
export async function startServer(environment: Record<string, string>): Promise<TestServer> {
  const port = await freePort();
  const child = spawn(
    process.execPath,
    // As the image starts it.
    [
      '--max-semi-space-size=4',
      '--import',
      'tsx',
      join(import.meta.dirname, '..', '..', 'src', 'server.ts'),
    ],
    {
      env: {
        PATH: process.env.PATH,
        ...environment,
        HOST: '127.0.0.1',
        PORT: String(port),
        LOG_LEVEL: 'info',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  after(() => child.kill('SIGKILL'));
  const log: string[] = [];
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const listening = new Promise<void>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        log.push(line);
        if (line.includes('Server listening')) resolve();
      });
    }
  });
  await Promise.race([listening, ended]);
  return { url: `http://127.0.0.1:${port}`, process: child, log, ended };
}
