export function ensurePrismaClient(root: string, node24: string, say: (line: string) => void): Promise<void>;
