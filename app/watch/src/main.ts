// Looks at the stack each minute, and tells whoever is to know. It reads two secrets, and has no other right.
import { readFileSync } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { look, type Places, reasonOf } from './look.ts';
import { type Memory, parseMemory } from './memory.ts';
import { type Format, formats } from './message.ts';
import { send } from './send.ts';
import { judge } from './view.ts';
import { begin, round, type Watched } from './watch.ts';

const { env } = process;
const interval = Number(env.INTERVAL_SECONDS ?? 60) * 1000;
const memoryFile = `${env.FOLDER ?? '/var/lib/watch'}/memory.json`;

function secret(name: string): string | undefined {
  try {
    return readFileSync(`${env.SECRETS ?? '/run/secrets'}/${name}`, 'utf8').trim() || undefined;
  } catch {
    return undefined;
  }
}

function readWatched(): Watched {
  const url = secret('alert_url');
  const format: Format | undefined = formats.find((format) => format === env.ALERT_FORMAT);
  return {
    stack: env.STACK ?? 'prod',
    alert: url === undefined ? undefined : { url, format },
    heartbeat: secret('heartbeat_url'),
  };
}

function readPlaces(): Places {
  return {
    edge: {
      host: env.EDGE_HOST ?? 'edge',
      port: Number(env.EDGE_PORT ?? 8080),
      httpsPort: Number(env.EDGE_HTTPS_PORT ?? 8443),
    },
    frontend: {
      host: env.FRONTEND_HOST ?? 'frontend',
      port: Number(env.FRONTEND_PORT ?? 8080),
    },
    frontendsWanted: Number(env.FRONTENDS ?? 1),
    domains: (env.DOMAINS ?? '').split(' ').filter(Boolean),
    facts: env.FACTS ?? '/facts/facts',
    copy: env.COPY,
  };
}

/** Whole, or not at all: that the disk is full is to be told, too. */
async function save(memory: Memory): Promise<void> {
  try {
    await writeFile(`${memoryFile}.new`, JSON.stringify(memory));
    await rename(`${memoryFile}.new`, memoryFile);
  } catch (error) {
    log(`what is remembered can't be kept: ${reasonOf(error)}`);
  }
}

const log = (text: string) => console.log(`watch: ${text}`);

async function main(): Promise<void> {
  const watched = readWatched();
  const places = readPlaces();
  let standing = begin(parseMemory(await readFile(memoryFile, 'utf8').catch(() => '')));
  log(
    `looks each ${interval / 1000} s` +
      `${watched.alert ? ', tells alertUrl' : ''}${watched.heartbeat ? ', calls heartbeatUrl' : ''}`,
  );
  const outside = {
    look: async () => judge(await look(places)),
    ...{ send, save, log, now: () => new Date() },
  };
  for (;;) {
    standing = await round(watched, standing, outside);
    await writeFile(env.LOOKED ?? '/tmp/looked', '');
    await pause(interval);
  }
}

// The image's build asks whether Node can read this at all.
if (process.argv[2] !== 'check') {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(0));
  main().catch((error: unknown) => {
    log(error instanceof Error ? `ends: ${error.name} ${error.message}` : 'ends');
    process.exit(1);
  });
}
