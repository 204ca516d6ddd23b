// Fuzzes every route of a real server on a database of its own, from the OpenAPI document: for ten
// minutes, with a seed that is said. Needs Docker, and Python 3.11 or newer with pip.
//
//   npm run fuzz -- [--seconds N] [--seed N] [arguments of schemathesis, such as --include-path]
import { test } from 'node:test';
import { environment, PASSWORD } from '../test/helpers/app.js';
import { fuzz } from '../test/helpers/fuzz.js';
import { startPostgres } from '../test/helpers/postgres.js';
import { startServer } from '../test/helpers/server.js';

const more = process.argv.slice(2);
function option(name: string, otherwise: number): number {
  const at = more.indexOf(name);
  return at < 0 ? otherwise : Number(more.splice(at, 2)[1]);
}
const seconds = option('--seconds', 600);
const seed = option('--seed', Math.floor(Math.random() * 1e9));

test('no route answers anything that its schema does not promise', async () => {
  const postgres = await startPostgres();
  try {
    const server = await startServer({ ...environment(postgres), DRAIN_SECONDS: '0' });
    const login = await fetch(`${server.url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username: 'admin', password: PASSWORD }),
    });
    const { accessToken } = (await login.json()) as { accessToken: string };
    console.log(`seed ${seed}`);
    const { code, output } = await fuzz({ url: server.url, accessToken, seconds, seed, more });
    console.log(output);
    for (const line of server.log) if (line.includes('request failed')) console.log(line);
    if (code !== 0) throw new Error(`schemathesis ended with ${code}`);
  } finally {
    postgres.remove();
  }
});
