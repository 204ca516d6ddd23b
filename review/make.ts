// Makes the review of a change: finds both sides, plans each stack, judges. Nothing is changed by it.
import { dirname } from 'node:path';
import { Problem } from '../host/problem';
import { onPath } from '../host/programs';
import { type StackName, stackName } from '../host/stack';
import { today } from '../infra/config';
import { hostFacts } from '../setup/preflight';
import { ensurePulumi } from '../setup/pulumi';
import { configFacts, type Facts, factsOf } from './facts';
import { digest, fingerprint, type Parts, planParts } from './fingerprint';
import { configPart, livePlan } from './live';
import { Desk, type PaperPlan } from './paper';
import { isRefusal, type Plan, touched } from './plan';
import {
  type FailedStack,
  outcomeOf,
  type PlannedStack,
  type Review,
  type StackReview,
} from './review';
import { otherwiseLines } from './reviewed';
import { fileIn, findSides, type Sides, stacksIn } from './trees';
import { isDangerous, verdictOf } from './verdict';

export interface ReviewOptions {
  readonly base?: string | undefined;
  readonly head?: string | undefined;
  /** Undefined: all that either side has a config of. */
  readonly stack?: StackName | undefined;
  /** Against the stack's own state, too. */
  readonly live: boolean;
  /** Without a look at the server, in a live plan. */
  readonly refresh: boolean;
}

/** @throws Problem if there is nothing to compare */
export async function makeReview(options: ReviewOptions): Promise<Review> {
  const sides = await findSides(options);
  const [onBase, onHead] = [await stacksIn(sides.base.tree), await stacksIn(sides.head.tree)];
  const all = [...new Set([...onHead, ...onBase])].sort();
  const only = options.stack?.name;
  if (only !== undefined && !all.includes(only))
    throw new Problem(
      `There is no stack ${only}: neither side has a file Pulumi.${only}.yaml; they have ${all.join(', ') || 'none'}.`,
    );
  const names = only === undefined ? all : [only];
  const facts = await factsOf(sides);
  const cli = await cliFolder();
  const desk = await Desk.open(sides.base.tree, cli);
  let stacks: StackReview[];
  try {
    stacks = await inTurns(names, 2, async (name) =>
      onHead.includes(name)
        ? reviewOnPaper(name, await desk.plan(name, sides.head.tree), facts, sides)
        : gone(name),
    );
  } finally {
    desk.close();
  }
  if (options.live)
    stacks = await inTurns(stacks, 2, (stack) => live(stack, facts, sides, cli, options));
  const sources = sourcesOf(sides.head.commit, process.env);
  return {
    version: 1,
    outcome: outcomeOf(stacks),
    base: { ref: sides.base.ref, commit: sides.base.commit },
    head: { ref: sides.head.ref, commit: sides.head.commit },
    notes: sides.notes,
    stacks,
    ...(sources && { sources }),
  };
}

/** A few at once, in their order: a change can bring as many stacks as it likes. */
export async function inTurns<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const left = items.entries();
  const worker = async () => {
    for (const [index, item] of left) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return results;
}

/** The folder of the Pulumi CLI: the one on PATH, else set-up's. */
export async function cliFolder(): Promise<string> {
  const there = await onPath('pulumi');
  if (there) return dirname(there);
  const facts = await hostFacts();
  if (!facts.world) throw new Problem(facts.worldWhy);
  const say = (text: string) => void process.stderr.write(`pulumi: ${text}\n`);
  return (await ensurePulumi({ ...facts, world: facts.world }, say, say)).folder;
}

async function reviewOnPaper(
  stack: string,
  paper: PaperPlan,
  facts: Facts,
  sides: Sides,
): Promise<StackReview> {
  if ('failed' in paper) return failed(stack, 'paper', paper);
  const config = configFacts(
    paper.baseConfig,
    paper.plan.config,
    { secrets: paper.changedSecrets, lacksAdminPassword: paper.lacksAdminPassword },
    today(),
  );
  const file = (await fileIn(sides.head.tree, `Pulumi.${stack}.yaml`)) ?? '';
  const parts: Parts = {
    base: digest(sides.base.tree),
    head: digest(sides.head.tree),
    config: configPart(paper.plan, file),
    state: digest('on paper'),
    ...planParts(paper.plan),
  };
  return judged(stack, 'paper', paper.plan, facts, config, parts);
}

function judged(
  stack: string,
  kind: PlannedStack['kind'],
  plan: Plan,
  facts: Facts,
  config: ReturnType<typeof configFacts>,
  parts: Parts,
): PlannedStack {
  // What isn't built into anything of this stack is another's.
  const verdict = verdictOf(plan, touched(plan).length > 0 ? facts : nothing(facts), config);
  const isNothing = touched(plan).length === 0 && verdict.findings.length === 0;
  return {
    stack,
    kind,
    outcome: isNothing
      ? 'nothing'
      : isDangerous(verdict) || plan.errors.length > 0
        ? 'danger'
        : 'safe',
    title: verdict.title,
    findings: verdict.findings,
    plan,
    fingerprint: fingerprint(kind, parts),
  };
}

function nothing(facts: Facts): Facts {
  return { ...facts, migrations: [], editedMigrations: [], dockerfiles: [], baseImages: [] };
}

async function live(
  paper: StackReview,
  facts: Facts,
  sides: Sides,
  cli: string,
  options: ReviewOptions,
): Promise<StackReview> {
  const { stack } = paper;
  const now = await livePlan(options.stack ?? stackName(stack), {
    cli,
    refresh: options.refresh,
  });
  if ('why' in now) return failed(stack, 'live', { failed: 'head', why: now.why });
  const { plan, state, parts } = now;
  if (plan.errors.length > 0 && !isRefusal(plan))
    return failed(stack, 'live', { failed: 'head', why: plan.errors.join('\n') });
  const config = configFacts(
    undefined,
    plan.config,
    { secrets: [], lacksAdminPassword: false },
    today(),
  );
  const review = judged(stack, 'live', plan, facts, config, {
    base: digest(sides.base.tree),
    ...parts,
  });
  // What only both configs together say was found on paper.
  const told = paper.outcome === 'failed' ? [] : paper.findings;
  const fromConfig = told.filter(
    (one) => !one.source && !review.findings.some(({ headline }) => headline === one.headline),
  );
  const findings = [...review.findings, ...fromConfig];
  return {
    ...review,
    findings,
    ...(state && { state }),
    ...(paper.outcome !== 'failed' && { otherwise: otherwiseLines(paper.plan, plan) }),
  };
}

function failed(
  stack: string,
  kind: FailedStack['kind'],
  { failed: side, why }: { failed: 'base' | 'head'; why: string },
): FailedStack {
  const title =
    side === 'base'
      ? 'no plan: the base could not be put up on paper'
      : kind === 'live'
        ? 'no plan: the stack could not be planned on its state'
        : 'no plan: the program of this change fails';
  return { stack, kind, outcome: 'failed', title, why };
}

function gone(stack: string): FailedStack {
  return {
    stack,
    kind: 'paper',
    outcome: 'failed',
    title: 'no plan: its config is removed',
    why: `Pulumi.${stack}.yaml is gone. A stack that runs stays on its server, and nobody can change it any more: take it down first, with pulumi destroy --stack ${stack}.`,
  };
}

/** Where a forge shows the head's files; undefined on a machine that no forge runs. */
export function sourcesOf(commit: string, env: NodeJS.ProcessEnv): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository } = env;
  if (!server || !repository) return undefined;
  const isGitHub = env.GITEA_ACTIONS === undefined && env.FORGEJO_ACTIONS === undefined;
  return `${server}/${repository}/${isGitHub ? 'blob' : 'src/commit'}/${commit}`;
}
