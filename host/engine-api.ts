// The engine's own API, over the docker CLI's connection, so that it goes wherever that goes: for what the CLI can't say.
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import * as http from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Problem } from './problem';

/** One request to the engine that the docker CLI means: see EngineApi. */
export async function engineApi(method: string, path: string, body?: unknown): Promise<unknown> {
  const api = new EngineApi();
  try {
    return await api.ask(method, path, body);
  } finally {
    api.close();
  }
}

/** One engine, asked over one connection, which keeps no process alive by itself. */
export class EngineApi {
  private readonly agent: Line;

  /** @param address such as ssh://deploy@server; left out, it is the engine that the docker CLI means */
  constructor(address?: string) {
    this.agent = new Line(address);
  }

  /**
   * One request, such as GET /services/<name>, and the answer's JSON; undefined, if it has none.
   *
   * @throws Problem with what the engine says, if it refuses, or with why it does not answer
   */
  async ask(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<unknown> {
    try {
      const request = http.request({
        method,
        path,
        agent: this.agent,
        headers: { host: 'docker', 'content-type': 'application/json', ...headers },
      });
      // One that breaks off says so twice; the first is told below.
      request.on('error', () => undefined);
      request.end(body === undefined ? undefined : JSON.stringify(body));
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      const answer = await text(response);
      const read: unknown = answer.trim() === '' ? undefined : JSON.parse(answer);
      if ((response.statusCode ?? 500) < 300) return read;
      throw new Problem(
        `The engine refuses ${method} ${path}: ${(read as { message?: string } | undefined)?.message ?? answer}`,
      );
    } catch (error) {
      if (error instanceof Problem) throw error;
      const said = await this.agent.said();
      throw new Problem(
        `The engine does not answer ${method} ${path}: ${said || (error as Error).message}`,
      );
    }
  }

  /** The tasks that fit each of the filters, such as { service: [name] }. */
  async tasks(filters: Readonly<Record<string, readonly string[]>>): Promise<readonly Task[]> {
    const query = encodeURIComponent(JSON.stringify(filters));
    return (await this.ask('GET', `/tasks?filters=${query}`)) as readonly Task[];
  }

  close(): void {
    this.agent.close();
  }
}

/** Of the engine's answer, what is read here: https://docs.docker.com/reference/api/engine/, TaskList. */
export interface Task {
  readonly ID: string;
  readonly ServiceID: string;
  /** None until it is given to one. */
  readonly NodeID?: string;
  readonly CreatedAt: string;
  readonly UpdatedAt: string;
  readonly DesiredState: string;
  readonly Spec: object;
  readonly Status: {
    /** `running` only when it is healthy. */
    readonly State: string;
    readonly Err?: string;
    readonly Message?: string;
    readonly ContainerStatus?: { readonly ExitCode?: number };
  };
}

/** The line to an engine: `docker system dial-stdio`, which goes wherever the CLI goes. */
class Line extends http.Agent {
  private readonly children = new Map<Duplex, ChildProcessWithoutNullStreams>();
  private complaint: Promise<string> = Promise.resolve('');

  constructor(private readonly address: string | undefined) {
    super({ keepAlive: true, maxSockets: 1 });
  }

  override createConnection(): Duplex {
    const host = this.address === undefined ? [] : ['--host', this.address];
    const child = spawn('docker', [...host, 'system', 'dial-stdio'], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.complaint = text(child.stderr).catch(() => '');
    const connection = Duplex.from({ readable: child.stdout, writable: child.stdin });
    connection.on('error', () => undefined);
    child.on('error', (error) => connection.destroy(error));
    connection.on('close', () => {
      this.children.delete(connection);
      child.kill();
    });
    this.children.set(connection, child);
    return connection;
  }

  /** Between two requests nobody waits for it. */
  override keepSocketAlive(connection: Duplex): boolean {
    // Each request leaves one on what is no socket.
    connection.removeAllListeners('error').on('error', () => undefined);
    for (const end of this.endsOf(connection)) end.unref();
    return true;
  }

  override reuseSocket(connection: Duplex): void {
    for (const end of this.endsOf(connection)) end.ref();
  }

  private endsOf(connection: Duplex): readonly { ref(): void; unref(): void }[] {
    const child = this.children.get(connection);
    if (!child) return [];
    // Pipes of a child are sockets, whatever their type says.
    return [child, child.stdin as Socket, child.stdout as Socket, child.stderr as Socket];
  }

  /** What the CLI said when it could not connect. */
  async said(): Promise<string> {
    this.close();
    return (await this.complaint).trim();
  }

  close(): void {
    for (const [connection, child] of this.children) {
      connection.destroy();
      child.kill();
    }
  }
}

interface PublishedPort {
  readonly PublishedPort?: number;
}

/** Of a service, as far as it is read here. */
interface Service {
  readonly ID: string;
  readonly Version: { readonly Index: number };
  readonly Spec: { readonly EndpointSpec?: { readonly Ports?: readonly PublishedPort[] } };
}

/**
 * Publishes a service's one port under another number, and leaves the rest of it as it is, the port's name too, which
 * the CLI would take away. Does nothing where it is so already.
 */
export async function publishAs(service: string, port: number): Promise<void> {
  const { ID, Version, Spec } = (await engineApi('GET', `/services/${service}`)) as Service;
  const [only, ...more] = Spec.EndpointSpec?.Ports ?? [];
  if (!only || more.length > 0)
    throw new Problem(
      `Service ${service} does not publish one port: ${more.length + (only ? 1 : 0)}.`,
    );
  if (only.PublishedPort === port) return;
  await engineApi('POST', `/services/${ID}/update?version=${Version.Index}`, {
    ...Spec,
    EndpointSpec: { ...Spec.EndpointSpec, Ports: [{ ...only, PublishedPort: port }] },
  });
}
