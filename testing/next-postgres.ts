// Images of PostgreSQL beside the one that stacks run on: of the next major version, and of one that isn't new.
import { docker } from '../host/docker';
import { ensureNextPostgres, nextPostgres as offline } from '../offline/images/build';

/** The image of the next major version: TEST_POSTGRES_NEXT_IMAGE, the official one, or one that is made on this host. */
export async function nextPostgres(): Promise<string> {
  const said = process.env.TEST_POSTGRES_NEXT_IMAGE;
  if (said) return said;
  if (!(process.env.TEST_POSTGRES_IMAGE ?? '').startsWith('offline/')) return 'postgres:18-alpine';
  await ensureNextPostgres();
  return offline.image;
}

/** The image that stacks run on. */
export const livePostgres = process.env.TEST_POSTGRES_IMAGE ?? 'postgres:17-alpine';

/** An image with a line more. */
export async function changedPostgres(from: string, image: string, lines: string): Promise<string> {
  await docker(['build', '--quiet', '--tag', image, '-'], {
    input: `FROM ${from}\n${lines}\n`,
    env: { ...process.env, DOCKER_BUILDKIT: '0' },
  });
  return image;
}
