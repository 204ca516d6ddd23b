// Just enough of a Docker engine for the image's test: build, run, stop, remove.
import { execFile, spawn } from 'node:child_process';
import { access, constants, realpath } from 'node:fs/promises';
import http from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';

const exec = promisify(execFile);

export async function docker(...args: string[]): Promise<string> {
  const { stdout, stderr } = await exec('docker', args, { maxBuffer: 64 * 1024 * 1024 });
  return (args[0] === 'logs' ? stdout + stderr : stdout).trim();
}

/**
 * Builds `folder` with BuildKit as the image `tag`. Over the engine's API, since the command line
 * does it only with a plugin that not every host has. The files' modes are those of a clone that was
 * made under umask 077: the image has to set its own.
 */
export async function build(
  folder: string,
  tag: string,
  args: Record<string, string>,
): Promise<void> {
  const query = new URLSearchParams({ version: '2', t: tag, buildargs: JSON.stringify(args) });
  const options = ['--exclude=node_modules', '--exclude=dist', '--mode=go-rwx', '-C', folder];
  const tar = spawn('tar', ['-c', ...options, '.']);
  const socketPath = (process.env.DOCKER_HOST ?? '').replace(/^unix:\/\//, '');
  const text = await new Promise<string>((resolve, reject) => {
    const request = http.request(
      {
        socketPath: socketPath || '/var/run/docker.sock',
        method: 'POST',
        path: `/build?${query}`,
        headers: { 'content-type': 'application/x-tar' },
      },
      (response) => {
        let body = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('error', reject);
        response.on('close', () => resolve(body));
      },
    );
    request.on('error', reject);
    tar.stdout.pipe(request);
  });
  const messages = text.trim().split(/\r?\n/);
  const error = messages
    .map((line) => (JSON.parse(line) as { error?: string }).error)
    .find((found) => found !== undefined);
  if (error) throw new Error(`The image does not build: ${error}`);
}

/** Where a program of this host is. */
export async function which(program: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(':')) {
    const file = join(folder, program);
    if (
      await access(file, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return realpath(file);
  }
  return undefined;
}

export async function until<T>(
  what: string,
  seconds: number,
  attempt: () => Promise<T | undefined>,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    // A fetch whose connection is lost at the wrong moment never settles.
    const tooLong = timeout(5000);
    const result = await Promise.race([attempt().catch(() => undefined), tooLong.promise]);
    clearTimeout(tooLong.timer);
    if (result !== undefined) return result;
    if (Date.now() > end) throw new Error(`Not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function timeout(ms: number) {
  let timer: NodeJS.Timeout | undefined;
  const promise = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  return { promise, timer };
}
