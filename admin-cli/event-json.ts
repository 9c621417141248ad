import { showAdminEvent } from '../core/wire/event-wire.ts';

/** An event as `--json` prints it: as `admin.event.get` returns it. */
export const eventJson = showAdminEvent;
export type EventJson = ReturnType<typeof eventJson>;
