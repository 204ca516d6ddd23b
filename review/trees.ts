// What a change is made of, in git: two trees, and the files that differ. Nothing of a tree is run here.
import { mkdirSync } from 'node:fs';
import { projectRoot } from '../host/folders';
import { Problem } from '../host/problem';
import { type Outcome, tryRun } from '../host/programs';
import type { Words } from './verdict';

/** Both sides of a change. */
export interface Sides {
  /** What the change goes into, as it was said, and its commit. */
  readonly base: { readonly ref: string; readonly commit: string; readonly tree: string };
  /** The tree is that of the base after the merge. */
  readonly head: { readonly ref: string; readonly commit: string; readonly tree: string };
  /** What a reader must know of how they were compared. */
  readonly notes: readonly Words[];
}

export interface ChangedFile {
  /** A: new, M: changed, D: removed, T: of another type. */
  readonly status: string;
  readonly path: string;
}

/** @throws Problem that says which ref can't be compared, and what to do */
export async function findSides(
  options: {
    readonly base?: string | undefined;
    readonly head?: string | undefined;
  },
  root = projectRoot,
): Promise<Sides> {
  const git = inRepository(root);
  if (!(await git('rev-parse', '--git-dir')).ok)
    throw new Problem('There is no git repository here: a review compares two commits of one.');
  const shallow = (await git('rev-parse', '--is-shallow-repository')).stdout.trim() === 'true';
  const baseRef = options.base ?? (await defaultBase(git));
  const headRef = options.head ?? 'HEAD';
  const base = await commitOf(git, baseRef, shallow);
  const head = await commitOf(git, headRef, shallow);
  const notes: Words[] = [];
  if (options.head === undefined) {
    const changed = (await git('status', '--porcelain')).stdout.split('\n').filter(Boolean).length;
    if (changed > 0)
      notes.push([
        `${changed} ${changed === 1 ? 'file of the working tree is' : 'files of the working tree are'} not committed, and not in this review.`,
      ]);
  }
  const isAncestor = (await git('merge-base', '--is-ancestor', base, head)).ok;
  const tree = isAncestor
    ? await treeOf(git, head)
    : await mergedTree(git, { base, head, baseRef, headRef, shallow });
  if (!isAncestor)
    notes.push([
      { foreign: headRef },
      ' lacks commits of ',
      { foreign: baseRef },
      ': what is compared is ',
      { foreign: baseRef },
      ' before and after the merge.',
    ]);
  return {
    base: { ref: baseRef, commit: base, tree: await treeOf(git, base) },
    head: { ref: headRef, commit: head, tree },
    notes,
  };
}

type Git = (...args: string[]) => Promise<Outcome>;

function inRepository(root: string, env: NodeJS.ProcessEnv = process.env): Git {
  return (...args) => tryRun('git', args, { cwd: root, env });
}

async function defaultBase(git: Git): Promise<string> {
  const named = process.env.GITHUB_BASE_REF;
  if (named) return `origin/${named}`;
  const remote = await git('rev-parse', '--verify', '--quiet', 'origin/HEAD');
  return remote.ok ? 'origin/HEAD' : 'main';
}

async function commitOf(git: Git, ref: string, shallow: boolean): Promise<string> {
  const found = await git(
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    `${ref}^{commit}`,
  );
  if (found.ok) return found.stdout.trim();
  throw new Problem(
    `This clone has no commit ${quoted(ref)}. ${
      shallow
        ? 'It is a shallow one: fetch all of it, with `git fetch --unshallow` (in a workflow, `fetch-depth: 0` at the checkout).'
        : 'Fetch it (`git fetch origin`), or name another with --base.'
    }`,
  );
}

async function treeOf(git: Git, commit: string): Promise<string> {
  return (await git('rev-parse', '--verify', `${commit}^{tree}`)).stdout.trim();
}

/** What the base will be after the merge, without touching any branch or file. */
async function mergedTree(
  git: Git,
  sides: { base: string; head: string; baseRef: string; headRef: string; shallow: boolean },
): Promise<string> {
  const { base, head, baseRef, headRef, shallow } = sides;
  if (!(await git('merge-base', base, head)).ok)
    throw new Problem(
      `${quoted(baseRef)} and ${quoted(headRef)} have no commit in common. ${
        shallow
          ? 'This clone is a shallow one: fetch all of it, with `git fetch --unshallow` (in a workflow, `fetch-depth: 0` at the checkout).'
          : 'Name the base that the branch was made from, with --base.'
      }`,
    );
  const merged = await git(
    'merge-tree',
    '--write-tree',
    '--name-only',
    '--no-messages',
    base,
    head,
  );
  const [tree = '', ...files] = merged.stdout.split('\n').filter(Boolean);
  if (merged.ok) return tree;
  if (files.length === 0)
    throw new Problem(
      `${quoted(headRef)} lacks commits of ${quoted(baseRef)}, and this git can't try the merge (2.38 or newer can): merge ${quoted(baseRef)} into it first.`,
    );
  throw new Problem(
    `${quoted(headRef)} can't be merged into ${quoted(baseRef)}: both change ${files.slice(0, 10).map(quoted).join(', ')}. Merge ${quoted(baseRef)} into it, and mend that.`,
  );
}

/** A name from outside in a sentence. */
function quoted(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}…` : name);
}

/**
 * Writes a tree's files into a new folder: all of them (an archive would leave out what the tree's
 * own attributes say), and without a word in this clone's worktrees or index.
 */
export async function writeTree(tree: string, folder: string, root = projectRoot): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const git = inRepository(root, { ...process.env, GIT_INDEX_FILE: `${folder}.index` });
  for (const args of [
    ['read-tree', tree],
    ['checkout-index', '--all', '--quiet', `--prefix=${folder}/`],
  ]) {
    const outcome = await git(...args);
    if (!outcome.ok) throw new Problem(`The files of ${tree} can't be written:\n${outcome.output}`);
  }
}

/** The files that differ, those that moved as removed and new. */
export async function changedFiles(
  { base, head }: Sides,
  root = projectRoot,
): Promise<ChangedFile[]> {
  const git = inRepository(root);
  const words = ['diff-tree', '-r', '-z', '--no-renames', '--name-status', base.tree, head.tree];
  const parts = (await git(...words)).stdout.split('\0');
  const files: ChangedFile[] = [];
  for (let index = 0; index + 1 < parts.length; index += 2)
    files.push({ status: parts[index] ?? '', path: parts[index + 1] ?? '' });
  return files;
}

/** A file's text in a tree; undefined, if it isn't there. Links are not followed. */
export async function fileIn(
  tree: string,
  path: string,
  root = projectRoot,
): Promise<string | undefined> {
  const found = await inRepository(root)('cat-file', 'blob', `${tree}:${path}`);
  return found.ok ? found.stdout : undefined;
}

/** The stacks that a tree has a config file of. */
export async function stacksIn(tree: string, root = projectRoot): Promise<string[]> {
  const listed = await inRepository(root)('ls-tree', '-z', '--name-only', tree);
  return listed.stdout.split('\0').flatMap((file) => {
    const [, name] = /^Pulumi\.([\w.-]+)\.yaml$/.exec(file) ?? [];
    return name ? [name] : [];
  });
}

/** Whether any of these files and folders differs between two trees. */
export async function differing(
  one: string,
  other: string,
  paths: readonly string[],
  root = projectRoot,
): Promise<boolean> {
  const words = ['diff-tree', '--quiet', one, other, '--', ...paths];
  return !(await inRepository(root)(...words)).ok;
}
