// Looks at the stack through its networks, and at what the backup tier wrote down. Never fails: what is away is an answer.
import { lookup } from 'node:dns/promises';
import { readFile } from 'node:fs/promises';
import * as http from 'node:http';
import * as https from 'node:https';
import type { TLSSocket } from 'node:tls';
import { parseCopyFacts } from './copy.ts';
import { parseFacts } from './facts.ts';
import type { Validity } from './lines.ts';
import type { Answer, View } from './view.ts';

export interface Places {
  readonly edge: { readonly host: string; readonly port: number; readonly httpsPort: number };
  readonly frontend: { readonly host: string; readonly port: number };
  readonly frontendsWanted: number;
  /** The site's names; none is plain HTTP. */
  readonly domains: readonly string[];
  /** The file that the backup tier writes. */
  readonly facts: string;
  /** The file that the copy off the server writes; undefined: there is none. */
  readonly copy: string | undefined;
}

const timeout = 10_000;

export async function look(places: Places): Promise<View> {
  const { edge, frontend, domains } = places;
  const [site, own, frontends, backend, facts, copy] = await Promise.all([
    Promise.all((domains.length > 0 ? domains : ['']).map((name) => asked(places, name))),
    ask({ host: edge.host, port: edge.port, path: '/edge/health' }),
    addresses(frontend.host).then((hosts) =>
      Promise.all(hosts.map((host) => ask({ host, port: frontend.port, path: '/' }))),
    ),
    ask({ host: frontend.host, port: frontend.port, path: '/health' }),
    readFile(places.facts, 'utf8').then(parseFacts, () => undefined),
    places.copy === undefined
      ? ('none' as const)
      : readFile(places.copy, 'utf8').then(parseCopyFacts, () => undefined),
  ]);
  return {
    now: new Date(),
    site: Object.fromEntries(site.map(({ name, answer }) => [name, answer])),
    edge: own.answer,
    frontends: frontends.map(({ answer }) => answer),
    frontendsWanted: places.frontendsWanted,
    backend: backend.answer,
    certificates: Object.fromEntries(
      site.flatMap(({ name, certificate }) => (name === '' ? [] : [[name, certificate]])),
    ),
    facts,
    copy,
  };
}

/** The site by one of its names, as people do. */
async function asked({ edge }: Places, name: string) {
  const place =
    name === ''
      ? { host: edge.host, port: edge.port, path: '/health' }
      : { host: edge.host, port: edge.httpsPort, path: '/health', servername: name };
  return { name, ...(await ask(place)) };
}

/** Those of a tier's tasks; none where there is no such name. */
async function addresses(host: string): Promise<string[]> {
  return lookup(host, { all: true, family: 4 }).then(
    (found) => found.map(({ address }) => address),
    () => [],
  );
}

interface Asked {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  /** By https, under this name. */
  readonly servername?: string;
}

function ask(asked: Asked): Promise<{ answer: Answer; certificate: Validity | undefined }> {
  const { servername, ...place } = asked;
  return new Promise((resolve) => {
    let certificate: Validity | undefined;
    const end = (answer: Answer) => resolve({ answer, certificate });
    const onResponse = (response: http.IncomingMessage) => {
      // What breaks off after the status has said what it has to say.
      response.on('error', () => {}).resume();
      end({ status: response.statusCode ?? 0 });
    };
    const request =
      servername === undefined
        ? http.get({ ...place, agent: false }, onResponse)
        : https.get(
            // Whoever signed it: its end is what is looked at, and it may be the edge's own.
            {
              ...{ ...place, servername, agent: false, rejectUnauthorized: false },
              headers: { host: servername },
            },
            onResponse,
          );
    request.on('socket', (socket) =>
      socket.on('secureConnect', () => {
        const { valid_from, valid_to } = (socket as TLSSocket).getPeerCertificate();
        if (valid_to) certificate = { validFrom: valid_from, validTo: valid_to };
      }),
    );
    // Of the whole, not of a silence.
    const timer = setTimeout(() => {
      request.destroy();
      end({ failed: `does not answer in ${timeout / 1000} s` });
    }, timeout);
    request.on('close', () => clearTimeout(timer));
    request.on('error', (error) => end({ failed: reasonOf(error) }));
  });
}

/** The reason of a failed connection, by its code: a message may hold an address. */
export function reasonOf(error: unknown): string {
  const { code, cause, name } = error as { code?: unknown; cause?: unknown; name?: string };
  if (typeof code === 'string') return `fails: ${code}`;
  return cause === undefined ? `fails: ${name ?? 'unknown'}` : reasonOf(cause);
}
