import { showAdminEvent } from '../core/wire/event-wire.ts';

/** Returns an event as `--json` prints it, which is how `admin.event.get` returns it. */
export const eventJson = showAdminEvent;
export type EventJson = ReturnType<typeof eventJson>;
