// `npm run review:post`: a review into its pull request, as one comment that each push edits.
import { appendFileSync, readFileSync } from 'node:fs';
import { Problem } from '../host/problem';
import { readFolder } from '../review/artifact';
import { Forge } from '../review/forge';
import { type Keep, type Place, type Posted, postFolder, postRun, runOf } from '../review/post';
import type { Arguments } from './arguments';

export async function main({ options }: Arguments, env = process.env): Promise<number> {
  const { forge, place } = forgeOf(options, env);
  let text = '';
  let problem = '';
  const keep: Keep = {
    text: (markdown) => {
      text = markdown;
    },
    problem: (sentence) => {
      problem = sentence;
    },
  };
  let posted: Posted;
  try {
    posted = await post(forge, place, options, env, keep);
  } catch (error) {
    if (text) keepElsewhere(text, env);
    throw error;
  }
  if (problem) throw new Problem(`There is no review to post: ${problem}`);
  process.stdout.write(posted.done ? 'The comment is up to date.\n' : `${posted.why}\n`);
  return 0;
}

async function post(
  forge: Forge,
  place: Place,
  { from, number }: Arguments['options'],
  env: NodeJS.ProcessEnv,
  keep: Keep,
): Promise<Posted> {
  if (from === undefined) {
    if (number !== undefined) throw new Problem('--number is of a folder: add --from <folder>');
    return postRun(forge, place, runOf(readEvent(env)), keep);
  }
  if (!number || !/^[1-9]\d{0,8}$/.test(number))
    throw new Problem('Which pull request? --number N');
  return postFolder(forge, place, Number(number), readFolder(from), keep);
}

/** The forge that options and the runner's environment name. */
export function forgeOf(
  options: Arguments['options'],
  env: NodeJS.ProcessEnv,
): { readonly forge: Forge; readonly place: Place } {
  const api = options.api ?? env.GITHUB_API_URL ?? 'https://api.github.com';
  const repo = options.repo ?? env.GITHUB_REPOSITORY ?? '';
  const isGitHub = !/\/api\/v1\/*$/.test(api);
  const web =
    (options.api === undefined ? env.GITHUB_SERVER_URL : undefined) ??
    api.replace(/\/api\/v[13]\/*$/, '').replace('://api.github.com', '://github.com');
  const say = (line: string) => process.stdout.write(`${line}\n`);
  const workflow = isGitHub ? 'github-actions[bot]' : workflowUser(env);
  const forge = new Forge({ api, repo, token: env.GITHUB_TOKEN ?? '', workflow, say });
  return { forge, place: { repo, web, isGitHub } };
}

/** Each forge keeps its own of these names from being taken, and not the others'. */
function workflowUser(env: NodeJS.ProcessEnv): string | undefined {
  if (env.FORGEJO_ACTIONS !== undefined) return 'forgejo-actions';
  return env.GITEA_ACTIONS === undefined ? undefined : 'gitea-actions';
}

function readEvent({ GITHUB_EVENT_PATH: file }: NodeJS.ProcessEnv): unknown {
  if (!file)
    throw new Problem('Which review? --from <folder> --number N; only a workflow knows by itself.');
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Problem(`The event can't be read: ${(error as Error).message}`);
  }
}

/** What could not be posted: into the log, and the job's summary where there is one. */
function keepElsewhere(text: string, { GITHUB_STEP_SUMMARY: summary }: NodeJS.ProcessEnv): void {
  process.stdout.write(`${forLog(text)}\n`);
  if (summary) appendFileSync(summary, `${text}\n`);
}

/** A foreign text that a runner finds no command in. */
export function forLog(text: string): string {
  return text
    .split('\n')
    .map((line) => `| ${line.replaceAll('##[', '# #[')}`)
    .join('\n');
}
