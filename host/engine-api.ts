// The engine's own API, over the docker CLI's connection, so that it goes wherever that goes: for what the CLI can't say.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import * as http from 'node:http';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Problem } from './problem';

/**
 * One request, such as GET /services/<name>, and the answer's JSON; undefined, if it has none.
 *
 * @throws Problem with what the engine says, if it refuses
 */
export async function engineApi(method: string, path: string, body?: unknown): Promise<unknown> {
  const child = spawn('docker', ['system', 'dial-stdio'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const said = text(child.stderr).catch(() => '');
  const connection = Duplex.from({ readable: child.stdout, writable: child.stdin });
  connection.on('error', () => undefined);
  try {
    const request = http.request({
      method,
      path,
      headers: { host: 'docker', 'content-type': 'application/json', connection: 'close' },
      // All that http needs of a socket is the stream.
      createConnection: () => connection as Socket,
    });
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
    child.kill();
    throw new Problem(
      `The engine does not answer ${method} ${path}: ${(await said).trim() || (error as Error).message}`,
    );
  } finally {
    child.kill();
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
