// Just enough of a Docker engine for the image's test: build, run, stop, remove.
import { execFile, spawn } from 'node:child_process';
import http from 'node:http';
import { promisify } from 'node:util';

const exec = promisify(execFile);

export async function docker(...args: string[]): Promise<string> {
  const { stdout, stderr } = await exec('docker', args, { maxBuffer: 64 * 1024 * 1024 });
  return (args[0] === 'logs' ? stdout + stderr : stdout).trim();
}

/**
 * Builds `folder` with BuildKit and gives the image's id. Over the engine's API, since the
 * command line does it only with a plugin that not every host has.
 */
export async function build(folder: string, args: Record<string, string>): Promise<string> {
  const query = new URLSearchParams({ version: '2', buildargs: JSON.stringify(args) });
  const tar = spawn('tar', ['-c', '--exclude=node_modules', '--exclude=dist', '-C', folder, '.']);
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
  const lines = text.trim().split(/\r?\n/);
  const messages = lines.map((line) => JSON.parse(line) as { error?: string; aux?: unknown });
  const error = messages.find((message) => message.error)?.error;
  if (error) throw new Error(`The image does not build: ${error}`);
  const id = messages
    .map(({ aux }) => (aux as { ID?: string } | undefined)?.ID)
    .findLast((found) => found !== undefined);
  if (!id) throw new Error(`The engine named no image:\n${text.slice(-2000)}`);
  return id;
}

export async function until<T>(
  what: string,
  seconds: number,
  attempt: () => Promise<T | undefined>,
): Promise<T> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    const result = await attempt().catch(() => undefined);
    if (result !== undefined) return result;
    if (Date.now() > end) throw new Error(`Not within ${seconds} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
