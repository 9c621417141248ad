import { showAdminEvent } from '../core/wire/event-wire.ts';

/** An event as `--json` prints it: as `admin.event.get` answers it. The time is that of the clock that decides claims. */
export const eventJson = showAdminEvent;
export type EventJson = ReturnType<typeof eventJson>;
