import { Badge } from '@mantine/core';
import { useConsole } from '../shell/console-context.ts';
import type { AdminEvent } from '../shell/session.ts';

const colours = { scheduled: 'indigo', open: 'green', paused: 'orange', sold_out: 'grape', closed: 'gray' } as const;

/** The name of an event's phase, in the phase's colour. */
export function PhaseBadge({ phase }: { phase: AdminEvent['phase'] }) {
  const { words } = useConsole();
  return (
    <Badge color={colours[phase]} data-phase={phase}>
      {words.common.phases[phase]}
    </Badge>
  );
}
