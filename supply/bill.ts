// A bill of materials in CycloneDX's form: what each image of a stack is made of.
import type { Part } from './image-contents';
import { compare, type Package } from './packages';

/** An image as it runs, with what was found in it. */
export interface ImageContents {
  readonly tier: string;
  /** Its digest on this engine, as sha256:… */
  readonly id: string;
  /** What it was built on, as far as it says so. */
  readonly builtOn: readonly string[];
  readonly parts: readonly Part[];
  readonly packages: readonly Package[];
}

interface Component {
  readonly type: 'container' | 'library';
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly purl?: string;
  readonly licenses?: readonly (
    | { readonly expression: string }
    | { readonly license: { readonly name: string } }
  )[];
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[];
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

export interface Bill {
  readonly bomFormat: 'CycloneDX';
  readonly specVersion: '1.5';
  readonly version: 1;
  readonly metadata: {
    readonly timestamp: string;
    readonly component: {
      readonly type: 'application';
      readonly 'bom-ref': string;
      readonly name: string;
      readonly version: string;
    };
  };
  readonly components: readonly Component[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn: readonly string[] }[];
}

/** @param stack its name on the engine */
export function billOf(
  stack: string,
  release: string,
  images: readonly ImageContents[],
  now: Date,
): Bill {
  const root = `${stack}@${release}`;
  const components = new Map<string, Component>();
  const dependencies = [
    { ref: root, dependsOn: [...new Set(images.map(({ id }) => id))].sort(compare) },
  ];
  for (const image of images) {
    if (components.has(image.id)) continue;
    components.set(image.id, {
      type: 'container',
      'bom-ref': image.id,
      name: `${stack}/${image.tier}`,
      version: image.id,
      properties: image.builtOn.map((value) => ({ name: 'timetracker:built-on', value })),
    });
    const inside = [...image.parts.map(ofPart), ...delivered(image.packages).map(ofPackage)];
    for (const component of inside) components.set(component['bom-ref'], component);
    const refs = [...new Set(inside.map((component) => component['bom-ref']))];
    dependencies.push({ ref: image.id, dependsOn: refs.sort(compare) });
  }
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    version: 1,
    metadata: {
      timestamp: now.toISOString(),
      component: { type: 'application', 'bom-ref': root, name: stack, version: release },
    },
    components: [...components.values()],
    dependencies,
  };
}

const delivered = (packages: readonly Package[]) => packages.filter(({ isDev }) => !isDev);

/** https://github.com/package-url: what scanners look up. */
function ofPart({ kind, name, version }: Part): Component {
  const path = kind === 'golang' ? name : `${distribution[kind]}/${encodeURIComponent(name)}`;
  const purl = `pkg:${kind}/${path}@${encodeURIComponent(version)}`;
  return { type: 'library', 'bom-ref': purl, name, version, purl };
}
const distribution = { deb: 'debian', apk: 'alpine' } as const;

function ofPackage({ name, version, license, integrity }: Package): Component {
  const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`;
  const [, sum] = /^sha512-(\S+)$/.exec(integrity ?? '') ?? [];
  return {
    type: 'library',
    'bom-ref': purl,
    name,
    version,
    purl,
    ...(license !== undefined && { licenses: [licenceOf(license)] }),
    ...(sum !== undefined && {
      hashes: [{ alg: 'SHA-512', content: Buffer.from(sum, 'base64').toString('hex') }],
    }),
  };
}

/** In words, where a package says something that is no SPDX expression. */
function licenceOf(text: string) {
  return /^SEE |^UNLICENSED$/.test(text) ? { license: { name: text } } : { expression: text };
}
