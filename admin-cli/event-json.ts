import { showAdminEvent } from '../core/wire/event-wire.ts';

/**
 * An event as `--json` prints it, the same as `admin.event.get` answers. The time is from the clock that decides
 * claims.
 */
export const eventJson = showAdminEvent;
export type EventJson = ReturnType<typeof eventJson>;
