// Fuzzes every route of a real server on a database of its own with schemathesis, from the OpenAPI
// document. Needs Docker and Python 3.10 or newer; schemathesis is installed into a folder of its
// own. Further arguments go to schemathesis, such as --seed or --include-path.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { environment, PASSWORD } from '../test/helpers/app.js';
import { startPostgres } from '../test/helpers/postgres.js';
import { startServer } from '../test/helpers/server.js';

const VERSION = '4.32.5';
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_headers_conformance',
  'response_schema_conformance',
  'negative_data_rejection',
  'ignored_auth',
  'unsupported_method',
  'use_after_free',
];

function run(command: string, ...args: string[]): void {
  const { status, error } = spawnSync(command, args, { cwd: tmpdir(), stdio: 'inherit' });
  if (error) throw error;
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
}

test('no route answers anything that its schema does not promise', async () => {
  const venv = join(tmpdir(), `timetracker-schemathesis-${VERSION}`);
  const schemathesis = join(venv, 'bin', 'schemathesis');
  if (!existsSync(schemathesis)) {
    run('python3', '-m', 'venv', venv);
    run(join(venv, 'bin', 'pip'), 'install', '--quiet', `schemathesis==${VERSION}`);
  }
  const postgres = await startPostgres();
  try {
    const server = await startServer({ ...environment(postgres), DRAIN_SECONDS: '0' });
    const login = await fetch(`${server.url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password: PASSWORD }),
    });
    const { accessToken } = (await login.json()) as { accessToken: string };
    run(
      schemathesis,
      ...['run', `${server.url}/api/openapi.json`, '--checks', CHECKS.join(',')],
      ...['--header', `Authorization: Bearer ${accessToken}`],
      ...['--max-examples', '60', '--max-failures', '20', '--request-timeout', '20'],
      ...process.argv.slice(2),
    );
  } finally {
    postgres.remove();
  }
});
