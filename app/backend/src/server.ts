import Fastify from 'fastify';
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
    await server.listen({ host: config.host, port: config.port });
  } catch (error) {
    return die(server.log, error);
  }

  let stopping = false;
  async function stop(signal: string): Promise<void> {
    if (stopping) return die(server.log, `${signal} again: ending at once`);
    stopping = true;
    server.log.info(`${signal}: serving for ${config.drainSeconds} s more, then ending`);
    setTimeout(
      () => die(server.log, `requests still running after ${FINISH_SECONDS} s were cut off`),
      (config.drainSeconds + FINISH_SECONDS) * 1000,
    ).unref();
    await server.drain(config.drainSeconds);
    server.log.info('ended');
    process.exit(0);
  }
  for (const signal of ['SIGTERM', 'SIGINT']) {
    process.on(signal, () => stop(signal).catch((error) => die(server.log, error)));
  }
}

await start();
