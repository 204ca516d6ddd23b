// The Pulumi CLI and its language host for Node, built as Go tools, for hosts that can't have the
// official downloads. Kept outside the clone, under a key of what they are made of.
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheFolder, keyOf } from '../../host/folders';
import { Problem } from '../../host/problem';
import { exists, run, tryRun } from '../../host/programs';
import type { Doing, Note } from '../../setup/step';
import { aptInstallFrom13 } from '../debian';

const sources = __dirname;

/** Each in a module of its own, since they need different releases of Pulumi's SDK. */
const tools = {
  cli: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi',
  'language-nodejs': 'github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs',
};

/** Makes sure of the tools and returns the folder that has them: `pulumi` finds its host there. */
export async function ensureToolchain(note: Note, doing: Doing): Promise<string> {
  const version = await versionIn(
    join(sources, 'cli', 'go.mod'),
    'github.com/pulumi/pulumi/pkg/v3',
  );
  const folder = join(
    cacheFolder(),
    `toolchain-${await keyOf(
      Object.keys(tools).map((module) => join(sources, module)),
      version,
    )}`,
  );
  if (await exists(join(folder, 'pulumi'))) {
    note(`v${version}, already there`);
    return folder;
  }
  doing('building the CLI with Go, 5 min on 2 cores');
  const unfinished = `${folder}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  const setVersion = `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${version}`;
  for (const [module, tool] of Object.entries(tools)) {
    await buildGoTool(tool, join(sources, module), unfinished, setVersion);
  }
  await rename(unfinished, folder);
  note(`v${version}, built`);
  return folder;
}

/** Builds a tool that the go.mod in `module` names into a folder. */
export async function buildGoTool(tool: string, module: string, into: string, linkerFlags = '') {
  const flags = ['-trimpath', '-buildvcs=false', '-ldflags', `-s -w ${linkerFlags}`.trim()];
  await run(await ensureGo(), ['build', ...flags, '-o', `${into}/`, tool], {
    cwd: module,
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly' },
  });
}

/** The version of a module that a go.mod asks for, without v. */
export async function versionIn(file: string, module: string): Promise<string> {
  const line = (await readFile(file, 'utf8'))
    .split('\n')
    .find((one) => one.includes(`${module} v`));
  const version = line?.trim().split(' v')[1]?.split(' ')[0];
  if (!version) throw new Problem(`${file} does not say which version of ${module} to build.`);
  return version;
}

/** The Go command: the one on PATH if it is new enough to fetch the Go that go.mod asks for. */
async function ensureGo(): Promise<string> {
  if (await isGo('go')) return 'go';
  const debians = '/usr/lib/go-1.24/bin/go';
  if (!(await isGo(debians))) await aptInstallFrom13(['golang-1.24-go']);
  return debians;
}

async function isGo(command: string): Promise<boolean> {
  const version = await tryRun(command, ['env', 'GOVERSION'], { cwd: '/' });
  const minor = /^go1\.(\d+)/.exec(version.stdout)?.[1];
  return minor !== undefined && Number(minor) >= 21;
}
