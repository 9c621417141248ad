import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { Field } from '../parts/fields.tsx';
import { useConsole } from '../shell/console-context.ts';
import { newRequestId, type AdminEvent } from '../shell/session.ts';

type Props = { event: AdminEvent; onClose: () => void };

/**
 * Declines an event by closing it before it opens. Asks for a reason, which the admin who requested the approval can
 * read.
 */
export function DeclineDialog({ event, onClose }: Props) {
  const { client, words, announce } = useConsole();
  const queries = useQueryClient();
  const [seen] = useState(event);
  const [requestId] = useState(newRequestId);
  const [reason, setReason] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const { approvals } = words.events;
  const run = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      const { id: eventId, version } = seen;
      await client.admin.event.close.mutate({ eventId, version, requestId, reason });
      await queries.invalidateQueries();
      announce(approvals.declined(seen.name));
      onClose();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      action="decline"
      title={`${approvals.decline}: ${seen.name}`}
      about={approvals.willDecline}
      confirm={approvals.decline}
      isDanger
      busy={busy}
      error={error}
      onConfirm={() => void run()}
    >
      <Field
        label={words.common.reason}
        name="reason"
        required
        value={reason}
        onValue={setReason}
        hint={words.common.reasonHint}
      />
    </ConfirmDialog>
  );
}
