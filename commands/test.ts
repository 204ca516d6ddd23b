// `npm test [suite ...]`: all set-up, then every suite, then what they left on the engine is removed.
import { join } from 'node:path';
import { projectRoot } from '../host/folders';
import { withLock } from '../host/lock';
import { Problem } from '../host/problem';
import { setUp } from '../setup';
import { installModules } from '../setup/modules';
import { step } from '../setup/step';
import { ensurePebble } from '../testing/acme';
import { summary } from '../testing/outcome';
import { Aftermath, runSuites } from '../testing/run';
import { allSuites, packages, type Suite, shortName } from '../testing/suites';
import { ensureTestTools } from '../testing/tools';
import { ensureWorkflowTools } from '../testing/workflow-tools';
import type { Arguments } from './arguments';

export async function main({ words }: Arguments): Promise<number> {
  const suites = chosenSuites(words);
  const aftermath = new Aftermath();
  const tools = await setUp();
  aftermath.rememberEngine();
  await withLock(async () => {
    await step('test tools', ensureTestTools);
    await step('workflow tools', ensureWorkflowTools);
    await step('a certificate authority', async (note, doing) => {
      doing('Pebble, with Go');
      await ensurePebble();
      note('Pebble');
    });
    for (const folder of packages)
      await step(`modules: ${shortName(folder)}`, async (note) =>
        note(await installModules(join(projectRoot, folder))),
      );
  });
  const { text, failed } = summary(await runSuites(suites, tools, aftermath));
  process.stdout.write(`\n${text}\n`);
  return failed > 0 ? 1 : 0;
}

function chosenSuites(names: readonly string[]): Suite[] {
  const suites = allSuites();
  const unknown = names.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0)
    throw new Problem(
      `There is no suite ${unknown.join(' or ')}: the suites are ${suites.map(({ name }) => name).join(', ')}.`,
    );
  return suites.filter(({ name, byNameOnly }) =>
    names.length > 0 ? names.includes(name) : !byNameOnly,
  );
}
