import type { Door } from './door.ts';
import type { Settings } from './settings.ts';

/** The door that the settings ask for. What it needs is loaded here: it is most of the time that a start takes. */
export async function openDoor(settings: Settings, options: { debug: boolean }): Promise<Door> {
  if (settings.remote !== undefined) {
    const { openRemoteDoor } = await import('./remote/open-remote-door.ts');
    return openRemoteDoor(settings.remote);
  }
  const { openPlatformDoor } = await import('./open-platform-door.ts');
  return openPlatformDoor(settings, options);
}
