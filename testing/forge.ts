// A real forge to test against: Gitea, built from its Go module and kept outside the clone.
import { type ChildProcess, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { keyOf, projectRoot } from '../host/folders';
import { Problem } from '../host/problem';
import { run } from '../host/programs';
import { freePort } from './stack';
import { made } from './workflow-tools';

const module = join(projectRoot, 'testing', 'gitea');

/** Makes sure of Gitea, 5 min of a CPU the first time, and returns the folder with it and its files. */
export async function ensureGitea(): Promise<string> {
  return made(`gitea-${await keyOf([module])}`, async (into) => {
    // SQLite needs C; `nice`, since whoever waits for a test isn't alone on the machine.
    const flags = ['-trimpath', '-buildvcs=false', '-ldflags', '-s -w -X main.Version=1.26.0'];
    const tags = ['-tags', 'sqlite sqlite_unlock_notify'];
    await run(
      'nice',
      ['-n', '15', 'go', 'build', ...flags, ...tags, '-o', `${into}/`, 'code.gitea.io/gitea'],
      { cwd: module, env: { ...process.env, CGO_ENABLED: '1', GOFLAGS: '-mod=readonly' } },
    );
    const list = ['list', '-m', '-f', '{{.Dir}}', 'code.gitea.io/gitea'];
    const source = (await run('go', list, { cwd: module })).trim();
    for (const part of ['templates', 'options', 'public'])
      await cp(join(source, part), join(into, part), { recursive: true });
    // The module's files are read-only, and a folder of those can't be removed.
    await run('chmod', ['-R', 'u+w', into]);
  });
}

export interface User {
  readonly name: string;
  readonly token: string;
}

/** A Gitea of a test's own on loopback, with all that it keeps in a temporary folder. */
export class Gitea {
  private constructor(
    private readonly program: string,
    private readonly folder: string,
    private readonly port: number,
    private readonly server: ChildProcess,
  ) {}

  static async start(): Promise<Gitea> {
    const built = await ensureGitea();
    const folder = await mkdtemp(join(tmpdir(), 'timetracker-gitea-'));
    const port = await freePort();
    await mkdir(join(folder, 'home'));
    await writeFile(join(folder, 'app.ini'), settings(built, folder, port));
    const program = join(built, 'gitea');
    const server = spawn(program, ['web', '--config', join(folder, 'app.ini')], {
      env: environment(folder),
      stdio: 'ignore',
    });
    const gitea = new Gitea(program, folder, port, server);
    for (let tries = 0; tries < 240; tries++) {
      if (server.exitCode !== null) break;
      const answer = await fetch(`${gitea.api}/version`).catch(() => undefined);
      if (answer?.ok) return gitea;
      await pause(500);
    }
    await gitea.stop();
    throw new Problem('Gitea did not start.');
  }

  get web(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get api(): string {
    return `${this.web}/api/v1`;
  }

  async stop(): Promise<void> {
    if (this.server.exitCode === null) {
      const ended = new Promise((resolve) => this.server.once('exit', resolve));
      this.server.kill('SIGTERM');
      await Promise.race([ended, pause(20_000)]);
      this.server.kill('SIGKILL');
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  async user(name: string): Promise<User> {
    const mail = ['--email', `${name}@example.invalid`, '--must-change-password=false'];
    await this.admin('create', '--username', name, '--random-password', ...mail);
    return { name, token: await this.token(name, 'all') };
  }

  /** A further token of a user's that may do only this. */
  async token(name: string, scopes: string): Promise<string> {
    const words = [
      '--username',
      name,
      '--token-name',
      `for-${scopes}`,
      '--scopes',
      scopes,
      '--raw',
    ];
    // Gitea's log comes before it.
    return (
      /[0-9a-f]{40}\s*$/.exec(await this.admin('generate-access-token', ...words))?.[0].trim() ?? ''
    );
  }

  /** Asks the API as a user, and throws what it says if it refuses. */
  async ask<T>(user: User, method: string, path: string, body?: object): Promise<T> {
    const answer = await fetch(`${this.api}${path}`, {
      method,
      headers: { authorization: `token ${user.token}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    const isJson = answer.headers.get('content-type')?.includes('json');
    return (isJson ? JSON.parse(text) : text) as T;
  }

  /** Where git pushes to as a user. */
  remote(user: User, repo: string): string {
    return `http://${user.name}:${user.token}@127.0.0.1:${this.port}/${repo}.git`;
  }

  private admin(...words: string[]): Promise<string> {
    const config = ['--config', join(this.folder, 'app.ini')];
    return run(this.program, ['admin', 'user', ...words, ...config], {
      env: environment(this.folder),
    });
  }
}

function environment(folder: string): NodeJS.ProcessEnv {
  return { PATH: process.env.PATH, HOME: join(folder, 'home'), GITEA_WORK_DIR: folder };
}

function settings(built: string, folder: string, port: number): string {
  return `
APP_NAME = test
RUN_MODE = prod
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
WORK_PATH = ${folder}
[server]
STATIC_ROOT_PATH = ${built}
APP_DATA_PATH = ${folder}/data
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${port}
ROOT_URL = http://127.0.0.1:${port}/
DISABLE_SSH = true
OFFLINE_MODE = true
[database]
DB_TYPE = sqlite3
PATH = ${folder}/gitea.db
[repository]
ROOT = ${folder}/repositories
[security]
INSTALL_LOCK = true
SECRET_KEY = only-for-this-test
[oauth2]
ENABLED = false
[service]
DISABLE_REGISTRATION = true
[webhook]
ALLOWED_HOST_LIST = loopback
[log]
MODE = file
LEVEL = warn
[cron]
ENABLED = false
`;
}
