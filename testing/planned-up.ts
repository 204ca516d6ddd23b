// Whether an `up` does what its plan named: to the same resources, operation for operation.
import assert from 'node:assert/strict';
import { kindOf, nameOf, operationOf, readPlan, type StateResource, touched } from '../review/plan';
import type { TestStack } from './stack';

/** An event of `pulumi up --json`: a step that is done. */
interface Done {
  readonly resOutputsEvent?: {
    readonly metadata: { readonly op: string; readonly urn: string; readonly type: string };
  };
}

/**
 * Plans, carries it out, and compares.
 *
 * @returns a line for each resource that was touched, such as `replace container backend`
 */
export async function upAsPlanned(stack: TestStack): Promise<string[]> {
  const { deployment } = JSON.parse(await stack.mustPulumi('stack', 'export')) as {
    deployment: { resources: StateResource[] };
  };
  const preview = await stack.mustPulumi('preview', '--json', '--show-sames');
  const prefix = stack.resource('').replace(/-$/, '');
  const json = preview.slice(preview.indexOf('{'), preview.lastIndexOf('}') + 1);
  const planned = touched(readPlan(json, prefix, deployment.resources)).map(
    ({ operation, kind, name }) => `${operation} ${kind} ${name}`,
  );
  const up = await stack.mustPulumi('up', '--yes', '--skip-preview', '--json');
  const steps = up
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .flatMap((line) => {
      const { metadata } = (JSON.parse(line) as Done).resOutputsEvent ?? {};
      return metadata && /^(docker|random):/.test(metadata.type) ? [metadata] : [];
    });
  const comesBack = new Set(
    steps.filter(({ op }) => /^(create|replace)/.test(op)).map(({ urn }) => urn),
  );
  const done = steps.flatMap(({ op, type, urn }) => {
    // What goes since another is replaced, and is out of the program, is deleted.
    const isGone = op === 'delete-replaced' && !comesBack.has(urn);
    const operation = isGone ? 'delete' : operationOf(op);
    return operation === 'same' ? [] : [`${operation} ${kindOf(type)} ${nameOf(urn, prefix)}`];
  });
  const lines = [...new Set(done)].sort();
  assert.deepEqual(lines, planned.sort());
  return lines;
}
