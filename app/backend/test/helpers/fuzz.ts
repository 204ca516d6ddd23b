// Schemathesis against a real server: every route, from the document that the server itself serves.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** What an answer may not do, whatever was asked. */
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

export interface Fuzzing {
  url: string;
  accessToken: string;
  seconds: number;
  seed: number;
  /** Further arguments, such as --include-path. */
  more?: readonly string[];
}

/** Its exit code, which is 0 if all was as promised, and what it said. */
export async function fuzz({ url, accessToken, seconds, seed, more = [] }: Fuzzing) {
  const folder = ensureSchemathesis();
  const child = spawn(
    join(folder, 'bin', 'schemathesis'),
    [
      ...['run', `${url}/api/openapi.json`, '--checks', CHECKS.join(',')],
      ...['--header', `Authorization: Bearer ${accessToken}`],
      ...['--max-time', String(seconds), '--seed', String(seed), '--max-failures', '20'],
      ...['--request-timeout', '20', '--generation-database', 'none', '--no-color', ...more],
    ],
    // It looks for its configuration where it runs.
    { cwd: folder, env: { ...process.env, PYTHONPATH: folder }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

/** Installs it once, by contents, where only this account can write: what is there is run. */
function ensureSchemathesis(): string {
  const list = join(import.meta.dirname, '..', '..', 'scripts', 'schemathesis.txt');
  const key = createHash('sha256').update(readFileSync(list)).digest('hex').slice(0, 16);
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'timetracker');
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const { uid, mode } = statSync(cache);
  if (uid !== process.getuid?.() || (mode & 0o022) !== 0)
    throw new Error(`${cache} is not this account's alone: look what is in it.`);
  const folder = join(cache, `schemathesis-${key}`);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.unfinished-${process.pid}`;
  rmSync(unfinished, { recursive: true, force: true });
  const options = ['--require-hashes', '--only-binary=:all:', '--no-deps', '--target', unfinished];
  execFileSync('python3', ['-m', 'pip', 'install', '--quiet', ...options, '-r', list], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    // Another one was faster.
    rmSync(unfinished, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}
