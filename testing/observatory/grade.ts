// `npx tsx grade.ts FOLDER NAME HTTP_PORT HTTPS_PORT`: what the HTTP Observatory that is installed in FOLDER says
// of a site, as JSON. Its own command knows no other ports than 80 and 443. In a process of its own, since Node
// reads the roots that it trusts (NODE_EXTRA_CA_CERTS) when it starts.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Grade } from '../observatory';

/** Of what it exports inside, what is used here. */
interface Observatory {
  retrieve(
    name: string,
    ports: object,
  ): Promise<{ readonly responses: { readonly auto: unknown } }>;
  readonly ALL_TESTS: readonly ((answers: unknown) => {
    readonly constructor: { readonly name: string };
    readonly result: string;
    readonly pass: boolean;
  })[];
  getScoreModifier(result: string): number;
  getGradeForScore(score: number): { readonly grade: string; readonly score: number };
  readonly MINIMUM_SCORE_FOR_EXTRA_CREDIT: number;
}

async function load(folder: string): Promise<Observatory> {
  const main = createRequire(join(folder, 'package.json')).resolve('@mdn/mdn-http-observatory');
  // The sites that browsers know before they ask; its install script fetches them, and this one is none.
  writeFileSync(join(dirname(main), '..', 'conf', 'hsts-preload.json'), '{}');
  const files = ['retriever/retriever.js', 'constants.js', 'grader/grader.js', 'grader/charts.js'];
  const parts = files.map((file) => import(pathToFileURL(join(dirname(main), file)).href));
  return Object.assign({}, ...(await Promise.all(parts))) as Observatory;
}

async function grade(folder: string, name: string, ports: object): Promise<Grade> {
  const observatory = await load(folder);
  const answers = await observatory.retrieve(name, ports);
  if (!answers.responses.auto) throw new Error(`${name} does not answer.`);
  const results = observatory.ALL_TESTS.map((test) => test(answers)).map((test) => ({
    name: test.constructor.name,
    result: test.result,
    pass: test.pass,
    points: observatory.getScoreModifier(test.result),
  }));
  // As it counts: extras only for who has an A without them.
  const without = results.reduce((sum, { points }) => sum + Math.min(points, 0), 100);
  const extras = results.reduce((sum, { points }) => sum + Math.max(points, 0), 0);
  const isGood = without >= observatory.MINIMUM_SCORE_FOR_EXTRA_CREDIT;
  return { ...observatory.getGradeForScore(isGood ? without + extras : without), results };
}

const [folder = '', name = '', httpPort, httpsPort] = process.argv.slice(2);
void grade(folder, name, { httpPort, httpsPort }).then((found) =>
  console.log(JSON.stringify(found)),
);
