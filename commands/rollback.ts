// `npm run rollback -- <release>`: brings back an earlier release from the images on the server.
import { tryDocker } from '../host/docker';
import { Problem } from '../host/problem';
import { parseRelease } from '../infra/config';
import { releaseTiers } from '../infra/names';
import type { Arguments } from './arguments';
import { changeStack } from './change';
import { latest, listReleases, readReleases } from './releases';
import { Stack } from './stack';

export async function main({ stack: name, yes, words }: Arguments): Promise<number> {
  const [release = ''] = words;
  const stack = new Stack(name);

  const { live, records } = await readReleases(stack);
  const parsed = parseRelease(release);
  if (
    !latest(records).some((record) => record.release === release) ||
    !parsed ||
    parsed === 'malformed'
  )
    throw new Problem(
      `There is no release "${release}". There are:\n${listReleases(records, live)}`,
    );
  for (const tier of releaseTiers) {
    const image = `${stack.repository(tier)}:${parsed[tier]}`;
    if (!(await tryDocker(['image', 'inspect', image])).ok)
      throw new Problem(
        `Release ${release} can't be brought back: its image ${image} is no longer on the server.`,
      );
  }

  const code = await changeStack(stack, { key: 'release', value: release }, { yes });
  if (code === 0)
    process.stdout.write(
      `Release ${release} is live, and stays until \`npm run release\` goes on with the working tree.\n`,
    );
  return code;
}
