import { join } from 'node:path';
import { root } from '../support/processes.ts';
import { compileProblems } from './compile-problems.ts';

/** A Kubernetes object as `kubectl kustomize` prints it. */
export type KubernetesObject = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
};

/**
 * The package that contains the models for a group of kinds. The models of custom resources come from the operators
 * that define them.
 */
const packages: [RegExp, string][] = [
  [/^(v\d\w*|[a-z]+\/\w+|[\w.]+\.k8s\.io\/\w+)$/, 'kubernetes-models'],
  [/^monitoring\.coreos\.com\//, '@kubernetes-models/prometheus-operator'],
  [/^external-secrets\.io\//, '@kubernetes-models/external-secrets'],
];

function modelOf({ apiVersion, kind }: KubernetesObject): string {
  const [, name] = packages.find(([group]) => group.test(apiVersion)) ?? [];
  if (name === undefined) throw new Error(`No package has the schema of ${apiVersion} ${kind}: add one.`);
  return `${name}/${apiVersion}/${kind}`;
}

/**
 * Returns everything in these objects that Kubernetes would refuse or ignore. Each problem names the object in which it
 * was found.
 */
export async function schemaProblems(objects: KubernetesObject[]): Promise<string[]> {
  const refused = await Promise.all(objects.map(refusedValues));
  return [...refused.flat(), ...unknownFields(objects)];
}

/**
 * Checks values against the schemas: formats, ranges and required fields. The schemas accept unknown fields, so this
 * check does not find them.
 */
async function refusedValues(object: KubernetesObject): Promise<string[]> {
  const module = (await import(modelOf(object))) as Record<string, new (data: object) => { validate(): void }>;
  const Model = module[object.kind];
  if (Model === undefined) throw new Error(`${modelOf(object)} has no ${object.kind}.`);
  try {
    new Model(object).validate();
    return [];
  } catch (err) {
    return [`${titleOf(object)}: ${err instanceof Error ? err.message : String(err)}`];
  }
}

/**
 * Kubernetes drops fields that it does not know. The models' types list every known field, so the compiler finds the
 * unknown ones.
 */
function unknownFields(objects: KubernetesObject[]): string[] {
  const file = join(root, 'tests', 'deploy', 'rendered-objects.ts');
  const lines = objects.map(
    (object, i) =>
      `import type { I${object.kind} as T${i} } from '${modelOf(object)}';\nexport const o${i}: T${i} = ${JSON.stringify(object)};`,
  );
  const text = lines.join('\n');
  return compileProblems(file, text).map(({ line, message }) => {
    const object = objects[Math.floor(line / 2)];
    return `${object === undefined ? '' : titleOf(object)}: ${message}`;
  });
}

export const titleOf = ({ kind, metadata }: KubernetesObject): string => `${kind} ${metadata.name}`;
