import { dirname, join } from 'node:path';
import type { Env } from './system-here.ts';

/** The command that package.json installs. The API's messages call this program by this name. */
export const binName = 'coupon-admin';

/** The command to run in a checkout, where the installed name is not on PATH. */
const npmName = 'npm run -s admin --';

const ourPackage = join(dirname(import.meta.dirname), 'package.json');

/** Whether npm is running this checkout's script of this name, such as `bench` for `npm run bench`. */
export const isNpmScript = (name: string, env: Env): boolean =>
  env['npm_lifecycle_event'] === name && env['npm_package_json'] === ourPackage;

/** Returns the words before a command of this program, as the user typed them. */
export function calledAs(env: Env): string {
  if (isNpmScript('admin', env)) return npmName;
  const isNpx = env['npm_lifecycle_event'] === 'npx' && env['npm_lifecycle_script']?.startsWith(binName) === true;
  return isNpx ? `npx ${binName}` : binName;
}

/** Replaces the program's name in a hint with the words that the user typed. */
export const asCalled = (hint: string, env: Env): string => {
  const name = calledAs(env);
  return hint.replaceAll(new RegExp(`\\b${binName} (?=[a-z])`, 'g'), `${name} `);
};
