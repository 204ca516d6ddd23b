// The Docker engine: the one that is there, else Debian 13's, which has the start interval of
// health checks that Debian 12's lacks.
import { spawn } from 'node:child_process';
import { existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Problem } from '../host/problem';
import { lastLines, onPath, run, tryRun } from '../host/programs';
import { aptInstallFrom13 } from '../offline/debian';
import { engineFacts } from './preflight';
import type { Doing, Note } from './step';

const logFile = '/var/log/dockerd.log';

let started: number | undefined;

/** The process id of the engine that this process started without an init system, if it did. */
export function startedEngine(): number | undefined {
  return started;
}

export async function ensureEngine(note: Note, doing: Doing): Promise<void> {
  const before = await engineFacts();
  if (before.engine === 'running') {
    note(`${before.engineVersion}, already there`);
    return;
  }
  if (before.engine === 'missing') {
    doing("installing Debian 13's");
    const client = (await onPath('docker')) ? [] : ['docker-cli'];
    await aptInstallFrom13(['docker.io', ...client]);
  }
  await start();
  for (let tries = 0; tries < 120; tries++) {
    const now = await engineFacts();
    if (now.engine === 'running') {
      note(`${now.engineVersion}, ${before.engine === 'missing' ? 'installed and ' : ''}started`);
      return;
    }
    if (started !== undefined && !existsSync(`/proc/${started}`)) break;
    await pause(500);
  }
  const log = existsSync(logFile) ? readFileSync(logFile, 'utf8') : '';
  throw new Problem(
    `The Docker engine did not start; the end of ${logFile}:\n${lastLines(log, 10)}`,
  );
}

async function start(): Promise<void> {
  if (existsSync('/run/systemd/system')) {
    await run('systemctl', ['enable', '--now', 'docker']);
    return;
  }
  // A pid file of an engine that was killed stops the next one, should its number be in use again.
  if (!(await tryRun('pidof', ['dockerd'])).ok) await run('rm', ['-f', '/var/run/docker.pid']);
  const log = openSync(logFile, 'a');
  const engine = spawn('dockerd', [], { detached: true, stdio: ['ignore', log, log] });
  engine.on('error', () => {});
  engine.unref();
  started = engine.pid;
}
