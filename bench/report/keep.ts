// Where figures are kept: docs/bench.md, its plots, and the figures that both are made of.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '../../host/folders';
import { pageOf, placed, type Section, sectionOf } from './page';
import { svgOf } from './plot';

const docs = join(projectRoot, 'docs');
const folder = join(docs, 'bench');
const figures = join(folder, 'figures.json');

/** Only tried, for the suite: nothing is written, and sizes are small. */
export const isShort = process.env.BENCH === 'short';

/** How often each thing is measured. */
export const rounds = Number(process.env.ROUNDS ?? (isShort ? 1 : 5));

/** Shows what was measured; and writes the page anew, unless this is the short version. */
export function keep(section: Omit<Section, 'date' | 'machine'>): void {
  const date = new Date().toISOString().slice(0, 10);
  const whole = { ...section, date, machine: machine() };
  console.log(sectionOf(whole));
  if (isShort) return;
  mkdirSync(folder, { recursive: true });
  const known = existsSync(figures) ? (JSON.parse(readFileSync(figures, 'utf8')) as Section[]) : [];
  const sections = placed(known, whole);
  writeFileSync(figures, `${JSON.stringify(sections, null, 2)}\n`);
  writeFileSync(join(docs, 'bench.md'), pageOf(sections));
  if (section.plot) writeFileSync(join(folder, `${section.name}.svg`), svgOf(section.plot));
}

function machine(): string {
  const said = (command: string, ...args: string[]) => {
    try {
      return execFileSync(command, args, {
        cwd: projectRoot,
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      });
    } catch {
      return 'none';
    }
  };
  const versions = [
    `Docker ${said('docker', 'version', '--format', '{{.Server.Version}}')}`,
    `compose ${said('docker', 'compose', 'version', '--short')}`,
    `Pulumi ${said('pulumi', 'version').replace(/^v/, '')}`,
    `Node ${programsNode(said('pulumi', 'about', '--json'))} for the program`,
  ].map((version) => version.trim());
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  return [`${cpus().length} cores`, memory, ...versions].join(', ');
}

/** The Node that the CLI runs programs on, which may be another than this one. */
function programsNode(about: string): string {
  const [, version = 'unknown'] = /"runtime":\s*\{[^}]*"version":\s*"v?([\d.]+)"/.exec(about) ?? [];
  return version;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** Seconds that `act` takes. */
export async function timed(act: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await act();
  return (performance.now() - began) / 1000;
}

/** Such as `0.94 s`, `12.3 s`. */
export function seconds(value: number): string {
  return `${value.toFixed(value < 10 ? 2 : 1)} s`;
}
