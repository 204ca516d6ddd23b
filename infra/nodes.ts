// The nodes of a Swarm. Images are on the one that built them, and so is the data: a stack stays there.
import * as pulumi from '@pulumi/pulumi';
import { linesOf, tryDockerSync } from '../host/docker';
import type { StackConfig } from './config';
import type { Engine } from './engine';

/** A line of `docker node ls`, as far as it is read here. */
interface Node {
  readonly ID: string;
  readonly Hostname: string;
  readonly Availability: string;
  /** Whether it is the engine that was asked. */
  readonly Self: boolean;
}

/**
 * The id of the node that the stack has to stay on: the engine's own, where others could be given its tasks as well, and
 * each would end with "No such image". Says so in a preview.
 *
 * @returns undefined on a Swarm of one, on containers, and where no engine answers
 */
export function homeNode(
  { orchestrator, platform }: Pick<StackConfig, 'orchestrator' | 'platform'>,
  engine: Pick<Engine, 'address' | 'answered'>,
): string | undefined {
  // An engine that was asked for its platform and didn't say is not asked again.
  if (orchestrator !== 'swarm' || (platform === undefined && !engine.answered)) return undefined;
  const listed = tryDockerSync([
    ...['--host', engine.address, 'node', 'ls', '--format', '{{json .}}'],
  ]);
  const home = listed.ok ? homeAmong(listed.stdout) : undefined;
  if (home && pulumi.runtime.isDryRun()) void pulumi.log.warn(home.notice);
  return home?.id;
}

/** @param listed what `docker node ls --format '{{json .}}'` prints */
export function homeAmong(
  listed: string,
): { readonly id: string; readonly notice: string } | undefined {
  const nodes = linesOf(listed).map((line) => JSON.parse(line) as Node);
  const own = nodes.find(({ Self }) => Self);
  // One that is down may come back.
  const others = nodes.filter(({ Self, Availability }) => !Self && Availability !== 'Drain');
  if (!own || others.length === 0) return undefined;
  return {
    id: own.ID,
    notice:
      `The Swarm has ${others.length + 1} nodes that take tasks (${[own, ...others].map(({ Hostname }) => Hostname).join(', ')}), ` +
      `and this stack stays on ${own.Hostname}: its images are built there, and its data is there.`,
  };
}
