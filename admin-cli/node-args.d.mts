export const nodeArgs: string[];
