// Which comment is the review's, and what to do so that there is one: pure, whoever the forge is.

/** What forges take in a comment. Counted in UTF-16 units, of which there are never fewer than characters. */
export const longestText = 65_536;

export interface Comment {
  readonly id: number;
  readonly author: string;
  readonly body: string;
}

/** What to do with the comments of a pull request; nothing of it, when all is as it should be. */
export interface CommentPlan {
  readonly create?: string;
  readonly edit?: { readonly id: number; readonly body: string };
  readonly remove: readonly number[];
}

const marker = /^<!-- timetracker-([\w-]+) (\d{1,16}) -->(?:\r?\n|$)/;

/**
 * The text with its first line, by which it is found again.
 *
 * @param subject `review`, or `drift-<stack>`
 * @param time when what is said was so, in milliseconds: an older text never replaces a newer one
 */
export function marked(subject: string, time: number, text: string): string {
  return `<!-- timetracker-${subject} ${time} -->\n${text}`;
}

/** When what a text says was so; undefined for texts without the subject's marker. */
export function timeOf(subject: string, body: string): number | undefined {
  const [, what, time] = marker.exec(body) ?? [];
  return what === subject ? Number(time) : undefined;
}

/**
 * One comment, the oldest of ours, with the newest text; others of ours go. Two runs that meet come to the
 * same, if each looks again after it wrote.
 *
 * @param authors who writes for us: anybody can write our marker
 */
export function planComment(
  comments: readonly Comment[],
  authors: readonly string[],
  body: string,
): CommentPlan {
  const ours = ownComments(comments, authors);
  const [first, ...others] = ours;
  if (!first) return { create: body, remove: [] };
  const newest = ours.reduce((a, b) => (timeIn(b.body) > timeIn(a.body) ? b : a));
  const wanted = timeIn(newest.body) > timeIn(body) ? newest.body : body;
  return {
    ...(!sameText(first.body, wanted) && { edit: { id: first.id, body: wanted } }),
    remove: others.map(({ id }) => id),
  };
}

/** Comments of the review's, the oldest first. */
export function ownComments(
  comments: readonly Comment[],
  authors: readonly string[],
): readonly Comment[] {
  return comments
    .filter(({ author, body }) => authors.includes(author) && timeOf('review', body) !== undefined)
    .sort((a, b) => a.id - b.id);
}

function timeIn(body: string): number {
  return timeOf('review', body) ?? 0;
}

/** Forges keep line ends and blanks at the end as they like. */
function sameText(a: string, b: string): boolean {
  const plain = (text: string) => text.replaceAll('\r\n', '\n').trimEnd();
  return plain(a) === plain(b);
}

/**
 * The text, cut to a length: folded parts go first, from the last one on, since what destroys stands before
 * them and unfolded. What is cut is said.
 */
export function fit(text: string, length = longestText): string {
  if (text.length <= length) return text;
  let short = text;
  // Up to the last end alone: a hostile text of beginnings would be looked through for each.
  const ended = text.slice(0, text.lastIndexOf('</details>') + 10);
  const folded = [...ended.matchAll(/<details>[\s\S]*?<\/details>\n*/g)];
  let left = 0;
  for (const { index, 0: part } of folded.reverse()) {
    short = short.slice(0, index) + short.slice(index + part.length);
    left++;
    const end = cutNotice(left === 1 ? 'A folded part is' : `${left} folded parts are`);
    if (short.length + end.length <= length) return short.trimEnd() + end;
  }
  const end = cutNotice('The end is');
  // Room to close a fence that the cut has opened.
  const room = length - end.length - 20;
  const cut = short.slice(0, Math.max(room, 0)).replace(/[\uD800-\uDBFF]$/, '');
  const lines = cut.lastIndexOf('\n') > 0 ? cut.slice(0, cut.lastIndexOf('\n')) : cut;
  return lines + closing(lines) + end;
}

function cutNotice(what: string): string {
  return `\n\n**${what} cut: it does not fit into a comment.** The artifact of the run has all of it.\n`;
}

/** What closes the code fence that a text leaves open. */
function closing(text: string): string {
  let open = '';
  for (const [, fence = '', info = ''] of text.matchAll(/^ {0,3}(`{3,}|~{3,})(.*)$/gm)) {
    if (open === '') open = fence;
    else if (fence.startsWith(open) && info.trim() === '') open = '';
  }
  return open === '' ? '' : `\n${open}`;
}

/** Where a review comes from, as the forge knows it. */
export interface Origin {
  /** The commit that was reviewed. */
  readonly head: string;
  /** The repository that it is in, owner/name, if that is another one. */
  readonly fork: string | undefined;
  /** Files of the pull request that make or publish the review. */
  readonly tools: readonly string[];
}

/** Files whose change lets a pull request say of itself what it likes, whoever it is from. */
export function toolsAmong(files: readonly string[]): string[] {
  return files.filter((file) =>
    /^(?:review|commands|host|setup|offline|testing|\.github|\.forgejo|\.gitea)\/|^package(?:-lock)?\.json$|^infra\/guardrails\.ts$/.test(
      file,
    ),
  );
}

/** The text, after what a reader must know before believing it; first, where nothing in it can hide that. */
export function introduced(text: string, { head, fork, tools }: Origin): string {
  const said = [
    fork !== undefined &&
      `**From a fork.** The code of ${code(fork)} at ${code(head.slice(0, 10))} made this plan itself, on paper. It could have written anything below, "nothing is lost" too: read the diff before you believe it.`,
    tools.length > 0 &&
      `**This pull request changes what makes this review**: ${shortList(tools)}. Read that first.`,
  ].filter((line) => line !== false);
  if (said.length === 0) return text;
  return `> [!WARNING]\n${said.map((line) => `> ${line}`).join('\n>\n')}\n\n${text}`;
}

function shortList(files: readonly string[]): string {
  const shown = files.slice(0, 5).map(code).join(', ');
  return files.length > 5 ? `${shown} and ${files.length - 5} more` : shown;
}

/** A foreign name as code, whatever is in it. */
function code(name: string): string {
  const plain = name.replaceAll(/[^\w ./+@:-]/g, '?').replaceAll('@', '@\u200b');
  return `\`${plain.length > 100 ? `${plain.slice(0, 100)}…` : plain}\``;
}

/** What stands in the comment when there is no review. */
export function failure(head: string, why: string, log: string | undefined): string {
  const link = log && /^https?:\/\/[^\s()<>]+$/.test(log) ? `\n\n[The log of the run](${log})` : '';
  return `## 🔴 The review could not be made\n\n> [!CAUTION]\n> Nothing is known of what ${code(head.slice(0, 10))} does to the stacks: ${why}${link}\n`;
}

/** What to do with issues about drift, so that there is one while there is drift, and none otherwise. */
export interface IssuePlan {
  readonly create: boolean;
  readonly edit: number | undefined;
  readonly close: readonly number[];
}

/** @param body undefined when all is well */
export function planIssue(
  issues: readonly { readonly number: number; readonly author: string; readonly body: string }[],
  authors: readonly string[],
  subject: string,
  body: string | undefined,
): IssuePlan {
  const [first, ...others] = issues
    .filter((issue) => authors.includes(issue.author) && timeOf(subject, issue.body) !== undefined)
    .sort((a, b) => a.number - b.number);
  if (!first) return { create: body !== undefined, edit: undefined, close: [] };
  const close = others.map(({ number }) => number);
  if (body === undefined)
    return { create: false, edit: undefined, close: [first.number, ...close] };
  // Told again each day, only news should reach anybody.
  const isNews = !sameText(first.body.replace(marker, ''), body.replace(marker, ''));
  return { create: false, edit: isNews ? first.number : undefined, close };
}
