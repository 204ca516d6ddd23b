// What the readers of config keys share: what is asked of them, and how their messages end.
import type { Orchestrator } from './names';

/** What a reader of config keys is told of the stack. */
export interface KeyContext {
  readonly stack: string;
  readonly orchestrator: Orchestrator | undefined;
  readonly isSecret: (key: string) => boolean;
  /** Takes each rule that is broken. */
  readonly problem: (text: string) => void;
}

/** The commands that mend a key, as messages end with them. */
export function mends<Key extends string>(stack: string) {
  return {
    set: (key: Key, example: string) =>
      `mend it with: pulumi config set --stack ${stack} ${key} ${example}`,
    remove: (key: Key) => `remove it with: pulumi config rm --stack ${stack} ${key}`,
  };
}

/** A value as a message shows it: 80 characters at most. */
export function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
