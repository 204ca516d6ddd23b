// `npm run rotate`: every generated secret gets a new generation; the one before stays valid until the next time.
import { Problem } from '../host/problem';
import { defaults } from '../infra/config';
import type { Arguments } from './arguments';
import { changeStack } from './change';
import { Stack } from './stack';

export async function main({ stack: name, yes }: Arguments): Promise<number> {
  const stack = new Stack(name);
  const { secrets } = (await stack.outputs()) as { secrets?: { generation?: number } };
  const generation = Number(
    (await stack.config('secretsGeneration')) ?? defaults.secretsGeneration,
  );
  if (secrets?.generation === undefined)
    throw new Problem(
      `Stack ${stack.name} has no generated secrets: only a swarm stack that is up has.`,
    );
  const next = generation + 1;
  if (secrets.generation !== generation && secrets.generation !== next)
    throw new Problem(
      `The config says generation ${generation} of the secrets, but the stack runs ${secrets.generation}. ` +
        `Say which one is right, with: pulumi config set --stack ${stack.name} secretsGeneration <number>`,
    );

  const change = { key: 'secretsGeneration', value: String(next) };
  const code = await changeStack(stack, change, { yes });
  if (code === 0)
    process.stdout.write(
      `Generation ${next} of the secrets is in use; sessions of generation ${generation} stay valid.\n`,
    );
  return code;
}
