// `npm run maintenance -- on|off`: the edge answers 503 with a page instead of the application.
import { Problem } from '../setup/run.mjs';
import { readArguments, Stack } from './stack';

const usage = 'npm run maintenance -- on|off [--stack prod]';

/** The edge looks for this file on each request; it is on a volume, so that it outlives the container. */
const flag = '/var/lib/edge/maintenance';

export async function main(args: string[]): Promise<number> {
  const { stack: name, rest } = readArguments(args, usage, 1);
  const [state] = rest;
  if (state !== 'on' && state !== 'off') throw new Problem(`usage: ${usage}`);
  const stack = new Stack(name);
  const service = `com.docker.swarm.service.name=${stack.prefix}-edge`;
  const [edge] = (await stack.docker(['ps', '-q', '--filter', `label=${service}`])).split('\n');
  if (!edge)
    throw new Problem(
      `The edge of stack ${name} does not run: see docker service ps ${stack.prefix}-edge`,
    );
  await stack.docker(['exec', edge, ...(state === 'on' ? ['touch', flag] : ['rm', '-f', flag])]);
  process.stdout.write(
    state === 'on'
      ? 'The maintenance page is shown; /health still answers.\n'
      : 'The application is back.\n',
  );
  return 0;
}
