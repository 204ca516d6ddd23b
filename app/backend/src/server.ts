import Fastify, { type FastifyInstance } from 'fastify';
import application from './app.js';
import { loadConfig } from './config.js';
import { prepareDatabase } from './database/prepare.js';
import { serverOptions } from './server-options.js';

/** Seconds that requests still running at the end of the drain get to finish. */
const FINISH_SECONDS = 20;

function die(log: { fatal(message: string): void }, error: unknown): never {
  log.fatal(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

async function start(): Promise<void> {
  let config: ReturnType<typeof loadConfig>;
  try {
    config = loadConfig();
  } catch (error) {
    return die(Fastify({ logger: true }).log, error);
  }
  const server = Fastify(serverOptions(config));
  try {
    await prepareDatabase(config, server.log);
    await server.register(application, { config });
    // Before it listens: from then on it may be told to stop.
    stopOnSignals(server, config.drainSeconds);
    await server.listen({ host: config.host, port: config.port });
  } catch (error) {
    die(server.log, error);
  }
}

function stopOnSignals(server: FastifyInstance, drainSeconds: number): void {
  let stopping = false;
  async function stop(signal: string): Promise<void> {
    if (stopping) return die(server.log, `${signal} again: ending at once`);
    stopping = true;
    server.log.info(`${signal}: serving for ${drainSeconds} s more, then ending`);
    setTimeout(
      () => die(server.log, `requests still running after ${FINISH_SECONDS} s were cut off`),
      (drainSeconds + FINISH_SECONDS) * 1000,
    ).unref();
    await server.drain(drainSeconds);
    server.log.info('ended');
    process.exit(0);
  }
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => stop(signal).catch((error) => die(server.log, error)));
  }
}

await start();
