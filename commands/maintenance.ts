// `npm run maintenance -- on|off`: the edge answers 503 with a page instead of the application.
import { Problem } from '../host/problem';
import type { Arguments } from './arguments';
import { Stack } from './stack';

/** The edge looks for this file on each request; it is on a volume, so that it outlives the container. */
const flag = '/var/lib/edge/maintenance';

export async function main({ stack: name, words }: Arguments): Promise<number> {
  const [state] = words;
  if (state !== 'on' && state !== 'off')
    throw new Problem(`"${state}" is neither on nor off: npm run help -- maintenance`);
  await setMaintenance(new Stack(name), state === 'on');
  process.stdout.write(
    state === 'on'
      ? 'The maintenance page is shown; /health still answers.\n'
      : 'The application is back.\n',
  );
  return 0;
}

export async function setMaintenance(stack: Stack, on: boolean): Promise<void> {
  await stack.inTier('edge', ...(on ? ['touch', flag] : ['rm', '-f', flag]));
}
