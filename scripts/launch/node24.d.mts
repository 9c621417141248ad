interface Machine {
  execPath: string;
  versions: { node: string };
  platform: NodeJS.Platform;
  arch: string;
  env: { PATH?: string | undefined };
}

export declare function findNode24(root: string, machine?: Machine, besidePath?: string[]): string;
