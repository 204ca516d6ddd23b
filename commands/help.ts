// `npm run help [command]`
import { Problem } from '../host/problem';
import { type Arguments, takenBy, usage } from './arguments';
import { type Command, commands, findCommand } from './registry';

export async function main({ words }: Arguments): Promise<number> {
  const [name] = words;
  const one = name === undefined ? undefined : findCommand(name);
  if (name !== undefined && !one) throw new Problem(`There is no command "${name}": npm run help`);
  process.stdout.write(`${one ? helpOf(one) : help()}\n`);
  return 0;
}

/** All commands, by group, a line each. */
export function help(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const groups = [...new Set(commands.map(({ group }) => group))];
  return groups
    .map((group) => {
      const lines = commands
        .filter((command) => command.group === group)
        .map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
      return [group, ...lines].join('\n');
    })
    .join('\n\n');
}

/** How one command is called, and what its flags do. */
export function helpOf(command: Command): string {
  const flags = [
    ...(command.stack === undefined
      ? []
      : [`  --stack NAME  another stack than ${command.stack}; Pulumi's full names, too`]),
    ...(command.asks ? ['  --yes         go on without asking'] : []),
    ...Object.entries(command.flags).map(([name, what]) => `  ${`--${name}`.padEnd(12)}  ${what}`),
    ...Object.entries(command.options).map(([name, what]) => {
      const taken = takenBy(what);
      return `  ${`--${name} ${taken}`.padEnd(12)}  ${what.slice(taken.length).trim()}`;
    }),
  ];
  return [usage(command), `  ${command.summary}`, ...flags].join('\n');
}
