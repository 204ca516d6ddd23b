// `npm run rollback -- <release>`: brings back an earlier release from the images on the server.
import { parseRelease } from '../infra/config';
import { imageRepository } from '../infra/release';
import { Problem } from '../setup/run.mjs';
import { latest, listReleases, readReleases } from './releases';
import { readArguments, Stack } from './stack';

export async function main(args: string[]): Promise<number> {
  const usage = 'npm run rollback -- <release> [--stack prod] [--yes]; see npm run releases';
  const { stack: name, yes, rest } = readArguments(args, usage, 1);
  const [release = ''] = rest;
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
  for (const tier of ['backend', 'frontend'] as const) {
    const image = `${imageRepository(stack.prefix, tier)}:${parsed[tier]}`;
    if (!(await stack.tryDocker(['image', 'inspect', image])).ok)
      throw new Problem(
        `Release ${release} can't be brought back: its image ${image} is no longer on the server.`,
      );
  }

  const code = await stack.change('release', release, yes);
  if (code === 0)
    process.stdout.write(
      `Release ${release} is live, and stays until \`npm run release\` goes on with the working tree.\n`,
    );
  return code;
}
