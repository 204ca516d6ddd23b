// Whether the plan of this moment is the one that was reviewed. Pure, but for the reviews that are kept.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../host/folders';
import { Problem } from '../host/problem';
import {
  differingParts,
  operationLines,
  type PartName,
  type Parts,
  type PlanKind,
  parseFingerprint,
  sortedResources,
} from './fingerprint';
import { type Plan, touched } from './plan';
import type { PlannedStack, Review } from './review';
import { planLines } from './text';

export interface Reviewed {
  readonly kind: PlanKind;
  readonly parts: Parts;
  /** Where the review itself is at hand. */
  readonly plan?: Plan;
}

/** How many reviews of a stack's plan are kept on a machine. */
const keptReviews = 50;

function keptIn(root: string): string {
  return join(root, '.state', 'reviews');
}

/** Keeps what was reviewed, so that a release can say what differs from it, and forgets the oldest. */
export function keepReview(review: Review, root = projectRoot): void {
  const folder = keptIn(root);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const stack of review.stacks)
    if (stack.outcome !== 'failed')
      writeFileSync(join(folder, `${stack.fingerprint}.json`), JSON.stringify(stack));
  const files = readdirSync(folder).map((name) => {
    const file = join(folder, name);
    return { file, written: statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0 };
  });
  files.sort((a, b) => b.written - a.written);
  for (const { file } of files.slice(keptReviews)) rmSync(file, { force: true });
}

/** What a plan on paper can't know is not compared: the state, and values that an engine makes. */
const compared: Readonly<Record<PlanKind, readonly PartName[]>> = {
  live: ['head', 'config', 'state', 'operations', 'values'],
  paper: ['head', 'config', 'operations'],
};

const meanings: Readonly<Record<PartName, string>> = {
  base: 'what it was compared with',
  head: 'the files of the program and of the application',
  config: "the stack's config",
  state: "the stack's state: somebody released, or changed it, since",
  operations: 'what is done, to which resources',
  values: 'the values that change',
};

/**
 * @param said a fingerprint, or the file of a review
 * @throws Problem if it is neither
 */
export function findReviewed(said: string, stack: string, root = projectRoot): Reviewed {
  const text = existsSync(said) ? fingerprintIn(said, stack) : said;
  const read = parseFingerprint(text);
  if (!read)
    throw new Problem(
      `"${said.slice(0, 100)}" is neither a fingerprint of a review nor its review.json: \`npm run review -- --live --stack ${stack}\` shows one.`,
    );
  const kept = join(keptIn(root), `${text.trim()}.json`);
  const file = existsSync(said) ? said : kept;
  if (!existsSync(file)) return read;
  const plan = planIn(JSON.parse(readFileSync(file, 'utf8')) as Review | PlannedStack, stack);
  return plan ? { ...read, plan } : read;
}

function fingerprintIn(file: string, stack: string): string {
  try {
    const review = JSON.parse(readFileSync(file, 'utf8')) as Review;
    const found = review.stacks.find((one) => one.stack === stack);
    if (found && found.outcome !== 'failed') return found.fingerprint;
  } catch {
    // Said below.
  }
  throw new Problem(`${file} is no review of stack ${stack} that could be planned.`);
}

function planIn(file: Review | PlannedStack, stack: string): Plan | undefined {
  if (!('stacks' in file)) return file.plan;
  const found = file.stacks.find((one) => one.stack === stack);
  return found && found.outcome !== 'failed' ? found.plan : undefined;
}

/** Why the plan of this moment may not be carried out; undefined, if it is what was reviewed. */
export function refusalOf(
  reviewed: Reviewed,
  now: { readonly parts: Omit<Parts, 'base'>; readonly plan: Plan },
): string | undefined {
  const parts: Parts = { base: reviewed.parts.base, ...now.parts };
  const differing = differingParts(reviewed.parts, parts, compared[reviewed.kind]);
  if (differing.length === 0) return undefined;
  const lines = [
    'Nothing was done: this is not what was reviewed. What differs:',
    ...differing.map((part) => `  - ${meanings[part]}`),
  ];
  if (reviewed.plan) {
    const [was, is] = [reviewed.plan, now.plan].map((plan) => touched(plan).flatMap(planLines));
    const gone = (was ?? []).filter((line) => !is?.includes(line));
    const come = (is ?? []).filter((line) => !was?.includes(line));
    if (gone.length > 0) lines.push('Reviewed, and not planned now:', ...gone.slice(0, 40));
    if (come.length > 0) lines.push('Planned now, and not reviewed:', ...come.slice(0, 40));
  } else lines.push('The review itself is not on this machine: give its review.json to see more.');
  lines.push('Review it again, with: npm run review -- --live');
  return lines.join('\n');
}

/** What one plan does and the other doesn't, as a diff. */
export function otherwiseLines(paper: Plan, live: Plan): string[] {
  const [on, now] = [paper, live].map((plan) => sortedResources(plan).flatMap(operationLines));
  return [
    ...(on ?? []).filter((line) => !now?.includes(line)).map((line) => `- ${line}`),
    ...(now ?? []).filter((line) => !on?.includes(line)).map((line) => `+ ${line}`),
  ];
}
