import { Checkbox } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { Field } from '../parts/fields.tsx';
import { useConsole } from '../shell/console-context.ts';
import { newRequestId } from '../shell/session.ts';

type Props = { apiKey: { id: string; name: string }; onClose: () => void };

/** Revokes an API key and, if the admin chooses to, the keys that it created. */
export function RevokeKeyDialog({ apiKey: { id, name }, onClose }: Props) {
  const { client, words, announce } = useConsole();
  const queries = useQueryClient();
  const [requestId] = useState(newRequestId);
  const [reason, setReason] = useState('');
  const [cascade, setCascade] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run = async (): Promise<void> => {
    setBusy(true);
    setError(null);
    try {
      const { alsoRevoked = [] } = await client.admin.apiKey.revoke.mutate({
        ...{ id, cascade, requestId },
        ...(reason !== '' && { reason }),
      });
      await queries.invalidateQueries({ queryKey: ['keys'] });
      const others = alsoRevoked.map((key) => key.name).join(', ');
      announce(others === '' ? words.access.revoked(name) : words.access.revokedToo(name, others));
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
      action="revoke-key"
      title={words.access.revokeOf(name)}
      about={words.access.willRevoke}
      confirm={words.access.revoke}
      isDanger
      busy={busy}
      error={error}
      onConfirm={() => void run()}
    >
      <Checkbox
        label={words.access.cascade}
        name="cascade"
        checked={cascade}
        onChange={({ currentTarget }) => setCascade(currentTarget.checked)}
      />
      <Field
        label={words.common.reason}
        name="reason"
        value={reason}
        onValue={setReason}
        hint={words.common.reasonHint}
      />
    </ConfirmDialog>
  );
}
