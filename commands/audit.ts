// `npm run audit`: what is known of the packages that the lock files name. Exit code 1: something is to be
// done; 2: nobody answered, which is no failure where package registries alone can be reached.
import { join } from 'node:path';
import { projectRoot } from '../host/folders';
import { tryRun } from '../host/programs';
import { hostSettings, type World } from '../host/settings';
import { type Advisory, advisoriesOf, line, toActOn, waivers } from '../supply/advisories';
import { lockFolders } from '../supply/packages';

export async function main(): Promise<number> {
  const answers: Answer[] = [];
  for (const folder of lockFolders) {
    const { stdout } = await tryRun('npm', ['audit', '--json', '--package-lock-only'], {
      cwd: join(projectRoot, folder),
    });
    answers.push({ folder, advisories: advisoriesOf(stdout) });
  }
  const { text, code } = judge(answers, hostSettings().world, new Date());
  process.stdout.write(`${text}\n`);
  return code;
}

export interface Answer {
  readonly folder: string;
  /** Undefined where nobody answered. */
  readonly advisories: readonly Advisory[] | undefined;
}

export function judge(
  answers: readonly Answer[],
  world: World | undefined,
  today: Date,
): { text: string; code: number } {
  const found = answers.flatMap(({ folder, advisories = [] }) =>
    toActOn(advisories, waivers, today).map((advisory) => `${folder}: ${line(advisory)}`),
  );
  const silent = answers.filter(({ advisories }) => advisories === undefined);
  if (found.length > 0) return { text: found.join('\n'), code: 1 };
  if (silent.length === 0) return { text: 'Nothing is known against any package.', code: 0 };
  const folders = silent.map(({ folder }) => folder).join(', ');
  return world === 'offline'
    ? { text: `No answer for ${folders}: this host reaches no advisories.`, code: 0 }
    : { text: `No answer for ${folders}: try again.`, code: 2 };
}
