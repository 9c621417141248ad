export declare function ensureWebPages(root: string, node24: string, say: (line: string) => void): Promise<void>;
export declare function webStampPath(root: string): string;
export declare function webFingerprint(root: string): string;

export function webSources(root: string): string[];
