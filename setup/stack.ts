// A stack that is ready for `pulumi up`: it exists, and its config names images that can be had.
import type { Note } from './step.mjs';

/** Runs the CLI in the project and returns what it prints. */
export type Pulumi = (args: string[]) => Promise<string>;

/** Makes the stack if there is none. */
export async function ensureStack(stack: string, pulumi: Pulumi, note: Note): Promise<void> {
  const stacks: { name: string }[] = JSON.parse(await pulumi(['stack', 'ls', '--json']));
  if (stacks.some(({ name }) => name === stack)) {
    note(`${stack}, already there`);
    return;
  }
  await pulumi(['stack', 'init', stack, '--no-select']);
  note(`${stack}, made`);
}

/** Points the stack's config at the offline images, unless it names images already. */
export async function ensureImageConfig(
  stack: string,
  images: Readonly<Record<string, string>>,
  pulumi: Pulumi,
  note: Note,
): Promise<void> {
  const config: Record<string, unknown> = JSON.parse(
    await pulumi(['config', '--stack', stack, '--json']),
  );
  if ('timetracker:images' in config) {
    note('named in the config, already there');
    return;
  }
  for (const [name, image] of Object.entries(images)) {
    await pulumi(['config', 'set', '--stack', stack, '--path', `images.${name}`, image]);
  }
  note(`Pulumi.${stack}.yaml now names ${Object.values(images).join(', ')}`);
}
