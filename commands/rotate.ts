// `npm run rotate`: every generated secret gets a new generation; the one before stays valid until the next time.
import { Problem } from '../setup/run.mjs';
import { readArguments, Stack } from './stack';

export async function main(args: string[]): Promise<number> {
  const { stack: name, yes } = readArguments(args, 'npm run rotate -- [--stack prod] [--yes]', 0);
  const stack = new Stack(name);
  const { secrets } = (await stack.outputs()) as { secrets?: { generation?: number } };
  const generation = Number((await stack.config('secretsGeneration')) ?? 1);
  if (secrets?.generation === undefined)
    throw new Problem(`Stack ${name} has no generated secrets: only a swarm stack that is up has.`);
  if (secrets.generation !== generation)
    throw new Problem(
      `A rotation is under way: the config says generation ${generation}, the stack runs ${secrets.generation}. ` +
        `Finish it with: pulumi up --stack ${name}`,
    );

  const next = generation + 1;
  const code = await stack.change('secretsGeneration', String(next), yes);
  if (code === 0)
    process.stdout.write(
      `Generation ${next} of the secrets is in use; sessions of generation ${generation} stay valid.\n`,
    );
  return code;
}
