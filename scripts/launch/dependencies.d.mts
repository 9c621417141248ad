export function ensureDependencies(root: string, say: (line: string) => void, announcement?: string): Promise<void>;
