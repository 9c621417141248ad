import { Button, Group } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { ActionDialog, type ActionName } from '../events/action-dialog.tsx';
import { Notice } from '../parts/notice.tsx';
import { useConsole } from '../shell/console-context.ts';
import { hashOf } from '../shell/route.ts';
import { mayDo, type AdminEvent } from '../shell/session.ts';

/** The actions that the admin may take on the event, and links to other views of the event. */
export function Actions({ event }: { event: AdminEvent }) {
  const { words, signed } = useConsole();
  const [action, setAction] = useState<ActionName | null>(null);
  const [opened, setOpened] = useState(false);
  /** Counts the openings of dialogs, so that each one begins with empty fields. */
  const [openings, setOpenings] = useState(0);
  const row = useRef<HTMLDivElement>(null);
  /** The button that opened the dialog. Null once the focus has moved to another control. */
  const opener = useRef<HTMLElement>(null);
  useEffect(() => {
    if (opened || opener.current === null || opener.current.isConnected) return;
    // The button that started the action is gone, for example "Pause" after a pause. Move the keyboard focus to the
    // buttons that replaced it.
    opener.current = null;
    const { activeElement } = document;
    const isFree = activeElement === null || activeElement === document.body;
    if (isFree || activeElement.closest('[role=dialog]')) row.current?.querySelector<HTMLElement>('button, a')?.focus();
  });
  const over = event.phase === 'closed';
  const shown: [ActionName, boolean][] = [
    ['approve', mayDo(signed.role, 'admin') && event.needsApproval && event.approvalAskedBy !== signed.name],
    ['pause', mayDo(signed.role, 'operator') && !over && !event.paused],
    ['resume', mayDo(signed.role, 'operator') && !over && event.paused],
    ['topUp', mayDo(signed.role, 'operator') && !over],
    ['close', mayDo(signed.role, 'operator') && !over],
    ['reset', mayDo(signed.role, 'admin')],
  ];
  const buttons = (wanted: (name: ActionName) => boolean) =>
    shown.map(([name, may]) =>
      may && wanted(name) ? (
        <Button
          key={name}
          {...lookOf(name)}
          data-do={name}
          onClick={({ currentTarget }) => {
            opener.current = currentTarget;
            setAction(name);
            setOpenings(openings + 1);
            setOpened(true);
          }}
        >
          {words.events.actions[name]}
        </Button>
      ) : null,
    );
  return (
    <>
      {event.needsApproval ? (
        <Notice kind="caution" data-shows="approval">
          {words.events.waitsForApproval(event.approvalAskedBy ?? words.common.unknown)}
        </Notice>
      ) : null}
      <Group gap="xs" ref={row} className="actions">
        {buttons((name) => !isDrastic(name))}
        {mayDo(signed.role, 'operator') ? (
          <>
            <Button component="a" variant="subtle" href={hashOf({ view: 'edit', eventId: event.id })}>
              {words.events.edit}
            </Button>
            <Button component="a" variant="subtle" href={hashOf({ view: 'reconcile', eventId: event.id })}>
              {words.operations.reconcile}
            </Button>
          </>
        ) : null}
        <Button component="a" variant="subtle" href={hashOf({ view: 'claims', eventId: event.id })}>
          {words.people.claims}
        </Button>
        {event.phase === 'scheduled' && event.round === 1 ? null : (
          <Button component="a" variant="subtle" href={hashOf({ view: 'report', eventId: event.id })}>
            {words.report.report}
          </Button>
        )}
        <Button component="a" variant="subtle" href={`/e/${event.id}`}>
          {words.events.publicPage}
        </Button>
        <Group gap="xs" ml="auto">
          {buttons(isDrastic)}
        </Group>
      </Group>
      {action === null ? null : (
        <ActionDialog key={openings} action={action} event={event} opened={opened} onClose={() => setOpened(false)} />
      )}
    </>
  );
}

/** Actions that end a sale. They are away from the others, so that nobody clicks one instead of its neighbour. */
const isDrastic = (name: ActionName): boolean => name === 'close' || name === 'reset';

function lookOf(name: ActionName): { variant: string; color?: string } {
  if (isDrastic(name)) return { variant: 'subtle', color: 'red' };
  return { variant: name === 'approve' ? 'filled' : 'default' };
}
