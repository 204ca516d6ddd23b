// The connection to a Docker engine, and its errors in words that help.

import { execFileSync, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import timers from 'node:timers/promises';
import Docker from 'dockerode';
import type { Properties } from '../value.ts';
import { type Logins, loginsOf } from './registry.ts';

export interface Engine {
  readonly docker: Docker;
  readonly address: string;
  /** By the server of a registry, as an image's name begins. */
  readonly logins: Logins;
}

const DEFAULT_SOCKET = 'unix:///var/run/docker.sock';

/** The address by Docker's own rules: the provider's, the environment's, the context's. */
function address(config: Properties): string {
  const { DOCKER_HOST, DOCKER_CONTEXT } = process.env;
  if (config.host) return String(config.host);
  if (!config.context && DOCKER_HOST) return DOCKER_HOST;
  const context = config.context ? String(config.context) : DOCKER_CONTEXT;
  if (!context || context === 'default') return DEFAULT_SOCKET;
  const format = '{{.Endpoints.docker.Host}}';
  try {
    return execFileSync('docker', ['context', 'inspect', context, '--format', format], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  } catch {
    throw new Error(`there is no Docker context "${context}"; \`docker context ls\` lists them`);
  }
}

/** Each connection is a `docker system dial-stdio` on the other host, as the Docker CLI does it. */
class SshAgent extends Agent {
  constructor(private readonly host: string) {
    super({ keepAlive: true });
  }

  override createConnection(): Duplex {
    const { hostname, port, username } = new URL(this.host);
    const target = username ? `${username}@${hostname}` : hostname;
    const child = spawn(
      'ssh',
      [...(port ? ['-p', port] : []), '--', target, 'docker', 'system', 'dial-stdio'],
      { stdio: ['pipe', 'pipe', 'pipe'] },
    );
    const connection = new Duplex({
      read: () => child.stdout.resume(),
      write: (chunk, encoding, done) => child.stdin.write(chunk, encoding, () => done()),
      final: (done) => child.stdin.end(done),
      destroy: (error, done) => {
        child.kill();
        done(error);
      },
    });
    child.stdout.on('data', (chunk) => connection.push(chunk) || child.stdout.pause());
    // ssh tells why when it ends; its broken pipe comes before, and tells nothing.
    child.stdin.on('error', () => {});
    let complaint = '';
    child.stderr.on('data', (chunk: Buffer) => {
      complaint += chunk.toString();
    });
    child.on('error', (error) => connection.destroy(error));
    child.on('close', (code) => {
      if (!code) connection.push(null);
      else {
        const why = complaint.trim() || `ssh ended with code ${code}`;
        connection.destroy(Object.assign(new Error(why), { code: 'EHOSTUNREACH' }));
      }
    });
    const pipes = [child.stdin, child.stdout, child.stderr].filter(
      (pipe) => pipe instanceof Socket,
    );
    // What Node's http asks of a socket. An idle connection doesn't keep the process.
    return Object.assign(connection, {
      setKeepAlive: () => connection,
      setNoDelay: () => connection,
      setTimeout: () => connection,
      ref: () => {
        child.ref();
        for (const pipe of pipes) pipe.ref();
      },
      unref: () => {
        child.unref();
        for (const pipe of pipes) pipe.unref();
      },
    });
  }
}

function options(host: string): Docker.DockerOptions {
  const url = new URL(host);
  switch (url.protocol) {
    case 'unix:':
      return { socketPath: url.pathname };
    case 'ssh:':
      return Object.assign(
        { protocol: 'http' as const, host: 'docker', port: 80 },
        { agent: new SshAgent(host) },
      );
    case 'tcp:':
    case 'http:':
    case 'https:': {
      const certificates = process.env.DOCKER_CERT_PATH;
      const isTls = process.env.DOCKER_TLS_VERIFY === '1' || url.protocol === 'https:';
      const read = (name: string) => readFileSync(join(certificates ?? '', name), 'utf8');
      return {
        protocol: isTls ? 'https' : 'http',
        host: url.hostname,
        port: Number(url.port || (isTls ? 2376 : 2375)),
        ...(isTls && certificates
          ? { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') }
          : {}),
      };
    }
    default:
      throw new Error(`the Docker host "${host}" must begin with unix://, tcp:// or ssh://`);
  }
}

/** An engine that is only spoken to when something needs it. */
export function engineAt(host = DEFAULT_SOCKET, logins: Logins = new Map()): Engine {
  return { docker: new Docker(options(host)), address: host, logins };
}

/** Connects; an engine on another host over ssh is first asked when something needs it. */
export async function connect(config: Properties): Promise<Engine> {
  const engine = engineAt(address(config), loginsOf(config.registryAuth));
  if (!engine.address.startsWith('ssh://')) await asking(engine, () => engine.docker.ping());
  return engine;
}

const UNREACHABLE = /ECONNREFUSED|ENOENT|EACCES|ENOTFOUND|EHOSTUNREACH|ETIMEDOUT|ECONNRESET/;

/** Does what is asked of the engine; tells what to do, if it is not there. */
export async function asking<Result>(engine: Engine, ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    const code = String((error as NodeJS.ErrnoException).code ?? '');
    if (!UNREACHABLE.test(code)) throw plain(error);
    const isLocal = engine.address.startsWith('unix://');
    const remedy =
      code === 'EACCES'
        ? 'this user may not use it; add it to the group: sudo usermod -aG docker "$USER"'
        : isLocal
          ? 'start it with: sudo systemctl start docker (or, without systemd: sudo dockerd)'
          : 'start it there, or name another one in docker:host or DOCKER_HOST';
    throw new Error(
      `cannot reach the Docker engine at ${engine.address}: ${(error as Error).message}; ${remedy}`,
    );
  }
}

/** The engine's own message, without the client's wrapping. */
function plain(error: unknown): unknown {
  const message = (error as { json?: { message?: string } }).json?.message;
  if (!message || !(error instanceof Error)) return error;
  return Object.assign(new Error(message), { statusCode: statusCode(error) });
}

/** How a thing of a taken name is removed. Data stays: it is in volumes. */
const REMOVALS = { network: 'network rm', service: 'service rm', container: 'rm -f' };

/** Why something could not be created; what to do, if the engine has one of that name. */
export function creationFailed(
  what: keyof typeof REMOVALS,
  inputs: Properties,
  error: Error,
): Error {
  const { message } = plain(error) as Error;
  const { name } = inputs;
  const isTaken = statusCode(error) === 409 && /already (exists|in use)|conflicts/.test(message);
  const reason = isTaken
    ? 'the engine has one already, of which this state knows nothing. It belongs to another clone ' +
      'of this repository, or to another PULUMI_BACKEND_URL: go on from there, or take a stack of ' +
      `another name. If that state is lost, or an \`up\` was killed: docker ${REMOVALS[what]} ${name}`
    : message;
  // Whether the engine is there is told by the code.
  return Object.assign(new Error(`unable to create ${what} ${name}: ${reason}`), {
    code: (error as NodeJS.ErrnoException).code,
  });
}

export function statusCode(error: unknown): number | undefined {
  return (error as { statusCode?: number }).statusCode;
}

/** Undefined instead of an error, if the engine has no such thing. */
export async function unlessMissing<Result>(asked: Promise<Result>): Promise<Result | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (statusCode(error) === 404) return undefined;
    throw error;
  }
}

/** Sleeps; throws the signal's own reason, if it comes first. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await timers.setTimeout(milliseconds, undefined, { signal }).catch(() => {
    throw signal.reason;
  });
}

/**
 * Removes a thing; while containers and tasks that just ended still hold it, which the engine says
 * by the status `held`, it is tried again, for so many milliseconds. Missing is as good as removed.
 */
export async function removeWhenFree(
  remove: () => Promise<unknown>,
  held: number,
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  const end = Date.now() + milliseconds;
  for (;;) {
    try {
      await unlessMissing(remove());
      return;
    } catch (error) {
      if (statusCode(error) !== held || Date.now() > end) throw error;
      await pause(500, signal);
    }
  }
}

/** Asks every second until there is an answer, and gives it; undefined after the time is up. */
export async function waitFor<Result>(
  milliseconds: number,
  signal: AbortSignal,
  ask: () => Promise<Result | undefined>,
  every = 1000,
): Promise<Result | undefined> {
  const end = Date.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() >= end) return undefined;
    await pause(Math.min(every, Math.max(0, end - Date.now())), signal);
  }
}

/** The text of a log as the engine sends it, in frames of eight bytes of head and a body. */
export function logText(log: Buffer): string {
  const parts: Buffer[] = [];
  let at = 0;
  while (at + 8 <= log.length && (log[at] ?? 9) <= 2) {
    const size = log.readUInt32BE(at + 4);
    parts.push(log.subarray(at + 8, at + 8 + size));
    at += 8 + size;
  }
  return (parts.length ? Buffer.concat(parts) : log).toString();
}
