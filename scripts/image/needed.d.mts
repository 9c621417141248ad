export const buildOnly: string[];
export const typesOnly: string[];
export const packagesKeptInPart: Record<string, RegExp[]>;
export function isNeeded(path: string): boolean;
