import { Button, Group, Text } from '@mantine/core';
import { useState } from 'react';
import { useConsole } from '../shell/console-context.ts';
import type { AdminEvent } from '../shell/session.ts';
import { BulkDialog, type BulkAction } from './bulk-dialog.tsx';

type Props = { events: readonly AdminEvent[]; onSelect: (selected: ReadonlyMap<string, AdminEvent>) => void };

/** Shows how many events are selected, with buttons that act on all of them. */
export function BulkBar({ events, onSelect }: Props) {
  const { words, language } = useConsole();
  const [action, setAction] = useState<BulkAction | null>(null);
  return (
    <Group gap="xs" role="group" aria-label={words.events.bulk.label} data-bulk={events.length}>
      <Text fw={600} role="status">
        {words.events.bulk.selected(new Intl.NumberFormat(language).format(events.length))}
      </Text>
      <Button size="compact-md" variant="default" onClick={() => setAction('pause')} data-do="bulk-pause">
        {words.events.actions.pause}
      </Button>
      <Button size="compact-md" variant="light" color="red" onClick={() => setAction('close')} data-do="bulk-close">
        {words.events.actions.close}
      </Button>
      <Button size="compact-md" variant="subtle" onClick={() => onSelect(new Map())} data-do="bulk-clear">
        {words.events.bulk.clear}
      </Button>
      {action === null ? null : (
        <BulkDialog
          action={action}
          selected={events}
          onClose={(failed) => {
            setAction(null);
            if (failed !== null) onSelect(new Map(failed.map((event) => [event.id, event])));
          }}
        />
      )}
    </Group>
  );
}
