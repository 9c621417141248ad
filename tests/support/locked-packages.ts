/** The part of a package-lock.json that `hasSamePackages` reads. */
export type Lock = { packages: Record<string, LockedPackage | undefined> };

type LockedPackage = {
  version?: string;
  integrity?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
};

/**
 * Whether code with the lock `wanted` would load exactly the same packages from the `node_modules` of the lock
 * `present`. Follows each import as Node does, beginning with the dependencies of `wanted`. Ignores development tools.
 */
export function hasSamePackages(wanted: Lock, present: Lock): boolean {
  const seen = new Set<string>();
  const isSame = (name: string, wantedFrom: string, presentFrom: string): boolean => {
    const at = findPackage(wanted, name, wantedFrom);
    const hereAt = findPackage(present, name, presentFrom);
    if (at === null || hereAt === null) return at === hereAt;
    const pair = `${at} ${hereAt}`;
    if (seen.has(pair)) return true;
    seen.add(pair);
    const [one, other] = [wanted.packages[at], present.packages[hereAt]];
    if (one?.version !== other?.version || one?.integrity !== other?.integrity) return false;
    return importsOf(one).every((each) => isSame(each, at, hereAt));
  };
  return importsOf(wanted.packages['']).every((name) => isSame(name, '', ''));
}

const importsOf = (entry: LockedPackage | undefined): string[] =>
  Object.keys({ ...entry?.dependencies, ...entry?.optionalDependencies, ...entry?.peerDependencies });

/** Where Node finds a package for a file in the package at `from`: in the nearest `node_modules` above that file. */
function findPackage({ packages }: Lock, name: string, from: string): string | null {
  for (let dir = from; ; dir = dir.slice(0, Math.max(0, dir.lastIndexOf('node_modules/') - 1))) {
    const path = dir === '' ? `node_modules/${name}` : `${dir}/node_modules/${name}`;
    if (packages[path] !== undefined) return path;
    if (dir === '') return null;
  }
}
