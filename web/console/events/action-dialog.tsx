import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { Field } from '../parts/fields.tsx';
import { TimeField } from '../parts/time-field.tsx';
import { instantOf } from '../parts/zoned-time.ts';
import { useConsole } from '../shell/console-context.ts';
import { newRequestId, type AdminEvent, type ConsoleClient } from '../shell/session.ts';

export type ActionName = 'approve' | 'pause' | 'resume' | 'close' | 'topUp' | 'reset';

type Props = { action: ActionName; event: AdminEvent; opened: boolean; onClose: () => void };

const none = { reason: '', value: '', opensAt: '', closesAt: '' };
type Typed = typeof none;

/**
 * A dialog for one action. Says what will happen, asks for a reason and other fields, runs the action, and reports the
 * outcome. Rendered anew for each action.
 */
export function ActionDialog({ action, event, opened, onClose }: Props) {
  const { client, words, announce } = useConsole();
  const queries = useQueryClient();
  // The version that the admin saw when the dialog opened. If the event has changed since, the server reports a
  // conflict.
  const [seen] = useState(event);
  const [requestId] = useState(newRequestId);
  const [typed, setTyped] = useState(none);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const set =
    (name: keyof Typed) =>
    (value: string): void =>
      setTyped((held) => ({ ...held, [name]: value }));
  const run = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      const after = await act(client, action, seen, { ...typed, requestId });
      await queries.invalidateQueries();
      announce(words.events.done[action](after.name, words.common.phases[after.phase]));
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  const asksValue = action === 'topUp' || action === 'reset' || action === 'resume';
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      action={action}
      title={`${words.events.actions[action]}: ${seen.name}`}
      about={words.events.willHappen[action]}
      confirm={words.events.actions[action]}
      isDanger={action === 'close' || action === 'reset'}
      busy={busy}
      error={error}
      onConfirm={() => void run()}
      {...(action === 'reset' && { typeName: seen.name })}
    >
      {asksValue ? (
        <Field
          label={words.events.values[action]}
          name="value"
          inputMode="numeric"
          required={action === 'topUp'}
          value={typed.value}
          onValue={set('value')}
          hint={{ topUp: undefined, reset: words.common.optional, resume: words.events.fromSerialHint }[action]}
        />
      ) : null}
      {action === 'reset' ? (
        <>
          {(['opensAt', 'closesAt'] as const).map((name) => (
            <TimeField
              key={name}
              label={words.forms.fields[name]}
              name={name}
              value={typed[name]}
              onValue={set(name)}
              timeZone={zoneOf(seen)}
              none={words.common.optional}
            />
          ))}
        </>
      ) : null}
      <Field
        label={words.common.reason}
        name="reason"
        value={typed.reason}
        onValue={set('reason')}
        hint={words.common.reasonHint}
      />
    </ConfirmDialog>
  );
}

function act(
  client: ConsoleClient,
  action: ActionName,
  seen: AdminEvent,
  { reason, value, opensAt, closesAt, requestId }: Typed & { requestId: string },
): Promise<AdminEvent> {
  const calls = client.admin.event;
  const change = { eventId: seen.id, version: seen.version, requestId, ...(reason !== '' && { reason }) };
  const count = Number(value.replaceAll(',', ''));
  switch (action) {
    case 'approve':
      return calls.approve.mutate(change);
    case 'pause':
      return calls.pause.mutate(change);
    case 'resume':
      return calls.resume.mutate({ ...change, ...(value !== '' && { fromSerial: count }) });
    case 'close':
      return calls.close.mutate(change);
    case 'topUp':
      return calls.topUp.mutate({ ...change, add: count });
    case 'reset':
      return calls.reset.mutate({
        ...{ ...change, confirm: seen.name },
        ...(value !== '' && { stock: count }),
        ...(opensAt !== '' && { opensAt: instantText(seen, opensAt) }),
        ...(closesAt !== '' && { closesAt: instantText(seen, closesAt) }),
      });
  }
}

const zoneOf = ({ timeZone }: AdminEvent): string => timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Converts a time in the event's zone to an instant. A text that is not a time is sent as it is: the server explains it. */
function instantText(event: AdminEvent, text: string): string {
  const at = instantOf(text, zoneOf(event));
  return typeof at === 'number' ? new Date(at).toISOString() : text;
}
