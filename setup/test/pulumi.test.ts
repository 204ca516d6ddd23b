// Where the Pulumi CLI comes from, with programs that stand in for npm and for what it fetches.
import assert from 'node:assert/strict';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { projectRoot } from '../../host/folders';
import { versionIn } from '../../offline/toolchain/build';
import { cliVersion, ensurePulumi } from '../pulumi';

describe('the Pulumi CLI', () => {
  const before = { ...process.env };
  let folder: string;
  let said: string[];
  const note = (text: string) => void said.push(text);

  /** Pulumi's package, as npm would install it: it fetches a CLI, or fails. */
  async function standInNpm(fetches: string): Promise<void> {
    const script = `#!/bin/sh
echo "$@" >> ${folder}/npm-words
mkdir -p node_modules/pulumi
cat > node_modules/pulumi/run.js <<'END'
${fetches}
END
cp package-lock.json node_modules/.package-lock.json
`;
    await mkdir(join(folder, 'bin'), { recursive: true });
    await writeFile(join(folder, 'bin', 'npm'), script);
    await chmod(join(folder, 'bin', 'npm'), 0o755);
  }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'timetracker-cli-'));
    said = [];
    // Not this host's own: the launcher on its PATH would make way for the made-up CLI.
    process.env.PATH = `${join(folder, 'bin')}:${dirname(process.execPath)}:/usr/bin:/bin`;
    process.env.XDG_CACHE_HOME = join(folder, 'cache');
    process.env.PULUMI_HOME = join(folder, 'home');
  });
  afterEach(async () => {
    process.env = { ...before };
    await rm(folder, { recursive: true });
  });

  it('is the official one that is there', async () => {
    const host = { cli: '/opt/pulumi/pulumi', platform: 'linux/x64', world: 'official' } as const;
    assert.deepEqual(await ensurePulumi(host, note, note), {
      folder: '/opt/pulumi',
      onPath: true,
    });
  });

  for (const platform of ['linux/x64', 'linux/arm64', 'darwin/arm64'])
    it(`is else fetched by Pulumi's own package, once: ${platform}`, async () => {
      await standInNpm(`
        const { mkdirSync, writeFileSync } = require('node:fs');
        const { version } = JSON.parse('{"version":"${cliVersion()}"}');
        const folder = process.env.PULUMI_HOME + '/versions/' + version + '/bin';
        mkdirSync(folder, { recursive: true });
        writeFileSync(folder + '/pulumi', '', { mode: 0o755 });
      `);
      const host = { cli: undefined, platform, world: 'official' } as const;
      const expected = {
        folder: join(folder, 'home', 'versions', cliVersion(), 'bin'),
        onPath: false,
      };
      assert.deepEqual(await ensurePulumi(host, note, note), expected);
      assert.deepEqual(await ensurePulumi(host, note, note), expected);
      assert.deepEqual(said, [
        `fetching the CLI, v${cliVersion()}`,
        `v${cliVersion()}, fetched`,
        `v${cliVersion()}, already there`,
      ]);
      assert.match(
        await readFile(join(folder, 'npm-words'), 'utf8'),
        /^ci --ignore-scripts --include=dev .*\n$/,
      );
    });

  it('says how it can be had, where it can neither be fetched nor built', async () => {
    await standInNpm("process.stderr.write('no way to get.pulumi.com'); process.exit(1);");
    const host = { cli: undefined, platform: 'darwin/arm64', world: 'official' } as const;
    await assert.rejects(ensurePulumi(host, note, note), {
      name: 'Problem',
      message: /^There is no Pulumi CLI, .*curl -fsSL .*\n {2}no way to get\.pulumi\.com$/s,
    });
  });

  it('has one version, fetched or built', async () => {
    const goMod = join(projectRoot, 'offline', 'toolchain', 'cli', 'go.mod');
    assert.equal(await versionIn(goMod, 'github.com/pulumi/pulumi/pkg/v3'), cliVersion());
  });
});
