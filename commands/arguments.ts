// A command's line, read by what the registry says of it.
import { parseArgs } from 'node:util';
import { Problem } from '../host/problem';
import { type StackName, stackName } from '../host/stack';
import type { Command } from './registry';

export interface Arguments {
  /** The stack that it is about; dev for commands about none. */
  readonly stack: StackName;
  /** Goes on without asking. */
  readonly yes: boolean;
  readonly words: readonly string[];
  /** The command's own flags that were given. */
  readonly flags: ReadonlySet<string>;
  /** The command's own options that take a value, as far as they were given. */
  readonly options: Readonly<Partial<Record<string, string>>>;
}

/** @throws Problem with the usage, if the line doesn't fit */
export function readArguments(command: Command, args: readonly string[]): Arguments {
  const [least, most] = command.words;
  let read: ReadLine;
  try {
    read = parse(command, args);
  } catch (error) {
    const [reason] = (error as Error).message.split('. ');
    throw new Problem(`${reason}.\nusage: ${usage(command)}`);
  }
  const { values, positionals } = read;
  if (positionals.length < least || positionals.length > most)
    throw new Problem(`usage: ${usage(command)}`);
  return {
    stack: stackName(typeof values.stack === 'string' ? values.stack : (command.stack ?? 'dev')),
    yes: values.yes === true,
    words: positionals,
    flags: new Set(Object.keys(command.flags).filter((flag) => values[flag] === true)),
    options: Object.fromEntries(
      Object.keys(command.options).flatMap((name) => {
        const value = values[name];
        return typeof value === 'string' ? [[name, value]] : [];
      }),
    ),
  };
}

interface ReadLine {
  readonly values: Readonly<Record<string, unknown>>;
  readonly positionals: readonly string[];
}

function parse(command: Command, args: readonly string[]): ReadLine {
  const flag = { type: 'boolean' } as const;
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      ...(command.stack !== undefined && { stack: { type: 'string', short: 's' } as const }),
      ...(command.asks && { yes: { ...flag, short: 'y' } }),
      ...Object.fromEntries(Object.keys(command.flags).map((name) => [name, flag])),
      ...Object.fromEntries(
        Object.keys(command.options).map((name) => [name, { type: 'string' } as const]),
      ),
    },
  });
}

/** How a command is called, such as `npm run rollback -- <release> [--stack prod] [--yes]`. */
export function usage(command: Command): string {
  const words = [
    command.takes,
    command.stack !== undefined && `[--stack ${command.stack}]`,
    command.asks && '[--yes]',
    ...Object.keys(command.flags).map((flag) => `[--${flag}]`),
    ...Object.entries(command.options).map(([name, does]) => `[--${name} ${takenBy(does)}]`),
  ].filter(Boolean);
  const call = ['start', 'test'].includes(command.name) ? 'npm' : 'npm run';
  return [call, command.name, ...(words.length > 0 ? ['--', ...words] : [])].join(' ');
}

/** What an option takes, such as `<folder>`. */
export function takenBy(does: string): string {
  return does.split(' ')[0] ?? '';
}
