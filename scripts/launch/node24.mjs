import { existsSync } from 'node:fs';
import { join } from 'node:path';

const oldestToRun = 24;

/** The path of a Node that runs our .ts files: this one if it is new enough, else the one that npm installed. */
export function findNode24(root) {
  if (isNode24()) return process.execPath;
  const path = join(root, 'node_modules', `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(path)) return path;
  throw new Error(
    `Firstcome runs on Node ${oldestToRun} or later. This is Node ${process.versions.node}, and npm has none to offer ` +
      `for ${process.platform} on ${process.arch}: install Node ${oldestToRun} from https://nodejs.org and try again.`,
  );
}

/** Whether the Node that runs this can run our .ts files. */
export function isNode24() {
  return Number(process.versions.node.split('.')[0]) >= oldestToRun;
}
