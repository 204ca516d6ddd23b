// What `pulumi destroy` meets first, before it has removed anything of production.
import type * as pulumi from '@pulumi/pulumi';
import * as random from '@pulumi/random';

/**
 * The last resource of a stack, and so the first of a `destroy`: it is protected, and everything waits
 * for it. The protected volumes alone would refuse only when their turn came, after backups and edge
 * had gone.
 *
 * @param all the components that come before
 */
export function guardDestroy(prefix: string, all: readonly pulumi.Resource[]): void {
  new random.RandomPassword(
    `${prefix}-destroy-guard`,
    // The value is for nothing.
    { length: 8 },
    { protect: true, dependsOn: [...all] },
  );
}
