// `npm run world [official|offline|look]`: which parts this host uses, and the way to others.
import { Problem } from '../host/problem';
import { hostSettings, settingsFile } from '../host/settings';
import { officialCli } from '../setup/preflight';
import { chooseWorld, findWorld } from '../setup/world';
import { type Arguments, usage } from './arguments';
import { findCommand } from './registry';

export async function main({ words }: Arguments): Promise<number> {
  const [wish] = words;
  if (wish === 'official' || wish === 'offline') chooseWorld(wish);
  else if (wish === 'look') chooseWorld(undefined);
  else if (wish !== undefined) {
    const own = findCommand('world');
    throw new Problem(`usage: ${own ? usage(own) : ''}`);
  }
  const hasCli = (await officialCli()) !== undefined;
  const { world, why } = await findWorld(hasCli);
  if (!world) throw new Problem(why);
  const images = Object.values(hostSettings().baseImages ?? {});
  process.stdout.write(
    [
      `This host uses ${world === 'official' ? 'official parts' : 'the parts of offline/'}: ${why}.`,
      images.length > 0
        ? `Base images, as ${settingsFile()} says: ${images.join(', ')}`
        : 'Base images: official ones, unless a stack names others.',
      ...(wish === undefined ? [] : ['The next npm start, npm run prod or npm test sees to it.']),
    ]
      .join('\n')
      .concat('\n'),
  );
  return 0;
}
