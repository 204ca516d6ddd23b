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
  const program = state === 'on' ? ['touch', flag] : ['rm', '-f', flag];
  await new Stack(name).inTier('edge', ...program);
  process.stdout.write(
    state === 'on'
      ? 'The maintenance page is shown; /health still answers.\n'
      : 'The application is back.\n',
  );
  return 0;
}
