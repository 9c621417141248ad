import { parseEnv } from '../core/settings/env.ts';
import { createLog } from '../core/runtime/log.ts';
import { silentObserver } from '../core/stores/observer.ts';
import { openPlatform } from '../core/platform.ts';
import type { Door } from './door.ts';
import type { Settings } from './settings.ts';
import { SetupError } from './usage-error.ts';

/** Opens the domain over its stores. Throws `SetupError` when the settings can't be used. */
export function openPlatformDoor(settings: Settings, { debug }: { debug: boolean }): Promise<Door> {
  const env = readEnv(settings);
  const log = createLog('admin-cli', debug ? 'debug' : 'silent');
  return openPlatform({ env, log, observe: silentObserver });
}

function readEnv(settings: Settings) {
  try {
    return parseEnv(settings.env);
  } catch (cause) {
    throw new SetupError(`${(cause as Error).message}\nThey come from ${settings.origin}.`, { cause });
  }
}
