import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as docker from '@pulumi/docker';
import * as pulumi from '@pulumi/pulumi';
import { ensureOwnState } from '../other-state';

describe('a plan', () => {
  const path = process.env.PATH;
  let folder: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'timetracker-other-state-'));
    // A docker CLI of an engine that runs stack taken, on port 81, and of stack half only networks.
    const script =
      '#!/bin/sh\ncase "$*" in *"network ls"*timetracker-taken-*) echo timetracker-taken-web-network ;;\n' +
      '*"network ls"*timetracker-half-*) echo timetracker-half-web-network ;;\n' +
      '*ps*"timetracker-taken-(db|backend)"*) echo 0123456789ab ;; *publish=81*) echo timetracker-taken-edge ;;\n' +
      '*publish=82*) echo another-edge ;; esac\n';
    writeFileSync(join(folder, 'docker'), script);
    chmodSync(join(folder, 'docker'), 0o755);
    process.env.PATH = `${folder}:${path}`;
  });
  after(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  });

  /** Plans a stack whose state knows the named ones of its lasting resources. */
  const plan = async (stack: string, inState: readonly string[], answered = true, port = 80) => {
    await pulumi.runtime.setMocks(
      {
        // What is yet to be made has no id in a preview.
        newResource: ({ name, inputs }) => ({
          id: inState.includes(name) ? name : undefined,
          state: inputs,
        }),
        call: () => ({}),
      },
      'timetracker',
      stack,
      true,
    );
    const lasting = [new docker.Volume('data', {}), new docker.Network('web', {})];
    const engine = { address: 'unix:///var/run/docker.sock', answered };
    await ensureOwnState({ prefix: `timetracker-${stack}`, port }, engine, lasting);
  };

  it('is refused where the engine runs the stack of another state', () =>
    assert.rejects(plan('taken', []), {
      message: [
        'The engine has stack taken already (timetracker-taken-web-network), but this state knows nothing of it.',
        'It belongs to another clone of this repository, or to another PULUMI_BACKEND_URL: go on from there,',
        'or take a stack of another name. If that state is lost, its containers and networks can go, and the data stays:',
        '  docker ps -aq --filter name=^timetracker-taken- | xargs -r docker rm -fv',
        '  docker service ls -q --filter name=timetracker-taken- | xargs -r docker service rm',
        '  docker network rm timetracker-taken-web-network',
      ].join('\n'),
    }));

  it('is refused on the port of another stack, which it may have been', async () => {
    await assert.rejects(plan('new', [], true, 81), {
      message: [
        "Stack new would be a new one, and port 81 is stack taken's, which runs, with its data.",
        'If it was renamed, nothing is lost: pulumi stack rename taken --stack new',
        'If it is to be one of its own, it needs another port: pulumi config set --stack new port 82',
      ].join('\n'),
    });
    await plan('new', [], true, 82);
    await plan('new', ['data'], true, 81);
  });

  it("is not, where one of both is the state's, or nothing runs, or nobody answers", async () => {
    await plan('taken', ['data']);
    await plan('taken', ['web']);
    await plan('half', []);
    await plan('new', []);
    await plan('taken', [], false);
  });
});
