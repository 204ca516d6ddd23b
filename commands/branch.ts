// A stack of a branch's own beside dev: containers on loopback with dev's fixed credentials, and a
// config that is a copy of dev's with another port. git ignores it; `npm run stop` removes it.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { projectRoot } from '../host/folders';
import { withLock } from '../host/lock';
import { Problem } from '../host/problem';
import { configFile, orchestratorOf, projectName } from '../host/stack';
import { brokenStackNameRule } from '../infra/names';
import { step } from '../setup/step';

const model = 'dev';

/** @throws Problem for what only the commands of production bring up */
export function refuseProduction(name: string): void {
  if (name === 'prod' || orchestratorOf(name) === 'swarm')
    throw new Problem(
      `Stack ${name} is production: bring it up with: npm run prod${name === 'prod' ? '' : ` -- --stack ${name}`}`,
    );
}

/** @throws Problem for a name that the engine would refuse, when half of the stack is there */
export function checkBranchName(name: string): void {
  const broken = brokenStackNameRule(projectName, name);
  if (broken)
    throw new Problem(
      `A stack can't be called ${name}: its name ${broken}. Take another, such as: npm start -- --stack pr-12`,
    );
}

/**
 * Gives a stack that has no config yet a copy of dev's, with a port that is free.
 *
 * @returns whether there was none
 */
export async function ensureConfig(name: string): Promise<boolean> {
  if (existsSync(configFile(name))) return false;
  if (!existsSync(configFile(model)))
    throw new Problem(
      `Stack ${name} has no config, and there is no Pulumi.${model}.yaml to copy: get that back, with: git checkout Pulumi.${model}.yaml`,
    );
  await step('config', (note) =>
    // One after the other, or two would find the same port.
    withLock(async () => {
      const text = readFileSync(configFile(model), 'utf8');
      const port = await freePort((portIn(text) ?? 8080) + 1, portsOfConfigs());
      writeFileSync(configFile(name), withPort(text, port), { flag: 'wx' });
      note(`Pulumi.${name}.yaml, as ${model}'s, but on port ${port}`);
    }),
  );
  return true;
}

const portLine = new RegExp(`^(\\s+["']?${projectName}:port["']?:\\s*)["']?(\\d*)["']?.*$`, 'm');

export function portIn(config: string): number | undefined {
  const [, , port] = portLine.exec(config) ?? [];
  return port ? Number(port) : undefined;
}

/** The same config on another port. */
export function withPort(config: string, port: number): string {
  if (portLine.test(config)) return config.replace(portLine, `$1${port}`);
  return config.replace(/^config:.*$/m, `config:\n  ${projectName}:port: ${port}`);
}

/** Also those of stacks that are down at this moment. */
function portsOfConfigs(): Set<number> {
  const files = readdirSync(projectRoot).filter((file) => /^Pulumi\..+\.yaml$/.test(file));
  const ports = files.map((file) => portIn(readFileSync(`${projectRoot}/${file}`, 'utf8')));
  return new Set(ports.filter((port) => port !== undefined));
}

/** The first port from here on that is nobody's. */
async function freePort(first: number, taken: ReadonlySet<number>): Promise<number> {
  const last = Math.min(first + 1000, 65_535);
  for (let port = first; port <= last; port++)
    if (!taken.has(port) && (await isFree(port))) return port;
  throw new Problem(`No port from ${first} to ${last} is free.`);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
