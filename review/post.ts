// From a review to its comment: which pull request it is of, by what the forge says, and the one comment.
import { Problem } from '../host/problem';
import { type Files, Hostile, harmless, isCommit, quoted, readReview, unzip } from './artifact';
import {
  type CommentPlan,
  failure,
  fit,
  introduced,
  longestText,
  marked,
  planComment,
  planIssue,
  toolsAmong,
} from './comment';
import { type Forge, type PullRequest, Refused } from './forge';

/** What became of a text: `why` is told where nothing was to be done. */
export type Posted = { readonly done: true } | { readonly done: false; readonly why: string };

/** The run of a pull request's code, as the event that follows it says. */
export interface Run {
  readonly id: number;
  readonly head: string;
  /** Where the commit is, owner/name; Gitea doesn't say. */
  readonly from: string | undefined;
  /** Gitea says it in place of that. */
  readonly number: number | undefined;
  readonly conclusion: string;
  /** Address of its log. */
  readonly log: string | undefined;
  /** When it began, in milliseconds. */
  readonly time: number;
}

export interface Place {
  readonly repo: string;
  /** Address of the forge's pages, such as https://github.com; Gitea's and Forgejo's files are elsewhere in it. */
  readonly web: string;
  readonly isGitHub: boolean;
}

/** Reads the event of a workflow that follows another one. */
export function runOf(event: unknown): Run {
  const { workflow_run: run } = (event ?? {}) as { workflow_run?: Record<string, unknown> };
  const { id, head_sha: head, event: of } = run ?? {};
  if (!run || !Number.isSafeInteger(id) || typeof head !== 'string' || !isCommit(head))
    throw new Problem(
      'This is not the event of a finished workflow: run it on workflow_run, or say which review of which pull request: --from <folder> --number N',
    );
  if (of !== 'pull_request')
    throw new Problem(`The run was for ${quoted(String(of))}: only a pull request's is posted.`);
  const from = (run.head_repository as { full_name?: unknown } | null | undefined)?.full_name;
  const [, number] = /@refs\/pull\/(\d{1,9})\//.exec(String(run.path)) ?? [];
  const time = Date.parse(String(run.run_started_at ?? run.started_at));
  return {
    id: id as number,
    head,
    from: typeof from === 'string' ? from : undefined,
    number: number === undefined ? undefined : Number(number),
    conclusion: String(run.conclusion),
    log: typeof run.html_url === 'string' ? run.html_url : undefined,
    time: Number.isFinite(time) ? time : 0,
  };
}

/** Posts what a run of a pull request's code handed over; believes the forge, not the artifact. */
export async function postRun(forge: Forge, place: Place, run: Run, keep: Keep): Promise<Posted> {
  if (run.conclusion === 'cancelled' || run.conclusion === 'skipped')
    return { done: false, why: `The run was ${run.conclusion}: another one follows it.` };
  const artifacts = (await forge.artifacts(run.id)).filter(({ name }) => isReviewName(name));
  const [artifact, ...more] = artifacts;
  const claimed = artifact && Number(artifact.name.slice('review-'.length));
  const pull = await pullRequestOf(forge, run, claimed);
  if ('why' in pull) return pull;

  let content: string;
  try {
    if (!artifact) throw new Problem(`the run ended (${run.conclusion}) before it wrote a review.`);
    if (more.length > 0) throw new Hostile('the run has more than one review.');
    content = contentOf(unzip(await forge.download(artifact)), place, run.head);
  } catch (error) {
    if (!(error instanceof Problem) || error instanceof Refused) throw error;
    keep.problem(error.message);
    content = failure(run.head, oneLine(error.message), run.log);
  }
  return post(forge, place, pull, run.time, content, keep);
}

/** Posts a review that is here, in a folder. */
export async function postFolder(
  forge: Forge,
  place: Place,
  number: number,
  files: Files,
  keep: Keep,
): Promise<Posted> {
  const { data, text } = readReview(files);
  keep.text(harmless(text, filesAt(place, data.head ?? '')));
  const pull = await forge.pullRequest(number);
  if (data.head !== undefined && data.head !== pull.head)
    throw new Problem(
      `The review is of ${data.head}, and pull request ${number} is at ${pull.head}: make it of that commit.`,
    );
  return post(forge, place, pull, Date.now(), contentOf(files, place, pull.head), keep);
}

/** Where a text goes that might not reach the forge, and what is wrong with a review. */
export interface Keep {
  readonly text: (markdown: string) => void;
  readonly problem: (sentence: string) => void;
}

function isReviewName(name: string): boolean {
  return /^review-[1-9]\d{0,8}$/.test(name);
}

/** The artifact's name says which pull request it is of; what the forge says of that must fit the run. */
async function pullRequestOf(
  forge: Forge,
  run: Run,
  claimed: number | undefined,
): Promise<PullRequest | { readonly done: false; readonly why: string }> {
  // A commit says nothing of whose run it was: anybody can push another's to a fork, and remove that.
  if (run.from === undefined && run.number === undefined)
    return { done: false, why: 'The repository that the run was of is gone: nothing is posted.' };
  const isOf = (pull: PullRequest) =>
    (run.from === undefined || pull.from === run.from) &&
    (run.number === undefined || pull.number === run.number);
  const number = claimed ?? run.number;
  if (number === undefined) {
    const found = (await forge.openPullRequests()).filter(
      (pull) => pull.head === run.head && isOf(pull),
    );
    const [pull, other] = found;
    if (pull && !other) return pull;
    const count = pull ? `${found.length} open pull requests have` : 'No open pull request has';
    return { done: false, why: `${count} the commit ${run.head} of this run: nothing is posted.` };
  }
  const pull = await forge.pullRequest(number);
  if (!isOf(pull))
    throw new Hostile(
      `The artifact says that it is of pull request ${number}, but this run was not: nothing is posted.`,
    );
  if (!pull.open) return { done: false, why: `Pull request ${number} is closed.` };
  if (pull.head === run.head) return pull;
  return {
    done: false,
    why: `Pull request ${number} is at ${quoted(pull.head)}, this run was for ${run.head}: nothing is posted.`,
  };
}

function contentOf(files: Files, place: Place, head: string): string {
  const { data, text } = readReview(files);
  if (data.head !== undefined && data.head !== head)
    throw new Hostile(`the review says that it is of ${data.head}, which the run was not for.`);
  return harmless(text, filesAt(place, head));
}

/** Address of the files at a commit. */
function filesAt({ repo, web, isGitHub }: Place, commit: string): string {
  return `${web.replace(/\/+$/, '')}/${repo}/${isGitHub ? 'blob' : 'src/commit'}/${commit}`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

async function post(
  forge: Forge,
  { repo }: Place,
  pull: PullRequest,
  time: number,
  content: string,
  keep: Keep,
): Promise<Posted> {
  const tools = toolsAmong(await forge.changedFiles(pull.number));
  const fork = pull.from === repo ? undefined : (pull.from ?? 'a repository that is gone');
  const text = introduced(content, { head: pull.head, fork, tools });
  keep.text(text);
  await settle(forge, pull.number, (length) =>
    marked('review', time, fit(text, length - marked('review', time, '').length)),
  );
  return { done: true };
}

/** Looks and writes until there is one comment, and it says what it should. */
export async function settle(
  forge: Forge,
  number: number,
  body: (length: number) => string,
): Promise<void> {
  const authors = new Set(await forge.authors());
  let length = longestText;
  for (let round = 0; round < 8; round++) {
    const plan = planComment(await forge.comments(number), [...authors], body(length));
    if (!plan.create && !plan.edit && plan.remove.length === 0) return;
    try {
      const written = await carryOut(forge, number, plan);
      if (written) authors.add(written);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      // Some forges count otherwise than they say.
      if (error.status === 422 && length > 4000) length = Math.floor(length / 2);
      // Somebody has removed what was to be edited.
      else if (error.status !== 404 || plan.edit === undefined) throw error;
      continue;
    }
    // Another run may have written meanwhile, and a list may be a moment late.
    await forge.wait(1500);
  }
  throw new Problem(
    `The comment of pull request ${number} is written by somebody else at the same time, again and again: run this again.`,
  );
}

/** Returns the author of a comment that was made. */
async function carryOut(
  forge: Forge,
  number: number,
  { create, edit, remove }: CommentPlan,
): Promise<string | undefined> {
  if (create !== undefined) return (await forge.createComment(number, create)).author;
  // The text first: while there are two, one of them is right.
  if (edit) await forge.editComment(edit.id, edit.body);
  for (const id of remove) await forge.removeComment(id);
  return undefined;
}

/** Keeps one issue open while there is drift. Returns what was done, for the log. */
export async function postDrift(
  forge: Forge,
  stack: string,
  code: number,
  printed: string,
  time: number,
): Promise<string> {
  const subject = `drift-${stack}`;
  const title =
    code === 1
      ? `${stack}: the server could not be looked at`
      : `${stack}: the server differs from the program`;
  const body = code === 0 ? undefined : marked(subject, time, fit(driftText(stack, code, printed)));
  const plan = planIssue(await forge.issues(), await forge.authors(), subject, body);
  for (const number of plan.close) await forge.editIssue(number, { state: 'closed' });
  if (plan.create && body) return `Issue ${(await forge.createIssue(title, body)).number} is open.`;
  if (plan.edit !== undefined && body) {
    await forge.editIssue(plan.edit, { title, body });
    return `Issue ${plan.edit} says what is new.`;
  }
  if (code !== 0) return 'The issue that is open says the same.';
  return plan.close.length > 0 ? `Closed: ${plan.close.join(', ')}.` : 'All is well, no issue.';
}

function driftText(stack: string, code: number, printed: string): string {
  const lines = printed.trimEnd().slice(-20_000);
  const longest = Math.max(2, ...[...lines.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const intro =
    code === 1
      ? `\`npm run drift -- --stack ${stack}\` could not look:`
      : `\`npm run drift -- --stack ${stack}\` found what the program doesn't say. Either the server is put right (\`npm run release\`), or the program is.`;
  return `${intro}\n\n${fence}text\n${harmless(lines, '')}\n${fence}\n\nThis issue is closed when all is well.\n`;
}
