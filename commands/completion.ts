// `npm run completion`: what bash needs to complete `npm run <command> -- --<flag>`.
import { commands } from './registry';

export async function main(): Promise<number> {
  process.stdout.write(`${script()}\n`);
  return 0;
}

export function script(): string {
  const flagsOf = commands.map((command) => {
    const flags = [
      ...(command.stack === undefined ? [] : ['--stack']),
      ...(command.asks ? ['--yes'] : []),
      ...Object.keys({ ...command.flags, ...command.options }).map((flag) => `--${flag}`),
    ];
    return `    ${command.name}) flags='${['--', ...flags].join(' ')}' ;;`;
  });
  return `_timetracker() {
  local word=\${COMP_WORDS[COMP_CWORD]} flags=
  if [ "\${COMP_WORDS[1]}" != run ]; then return; fi
  if [ "$COMP_CWORD" = 2 ]; then
    COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')}' -- "$word"))
    return
  fi
  case "\${COMP_WORDS[2]}" in
${flagsOf.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$flags" -- "$word"))
}
complete -o default -F _timetracker npm`;
}
