import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import { useConsole } from './console-context.ts';
import { Field, TroubleNote } from './parts.tsx';
import { newRequestId, type AdminEvent } from './session.ts';

export type ActionName = 'approve' | 'pause' | 'resume' | 'close' | 'topUp' | 'reset';

type Props = { action: ActionName; event: AdminEvent; onDone: () => void };

/**
 * A dialog for one action. Says what will happen, asks for a reason and other fields, runs the action, and reports the
 * outcome.
 */
export function ActionDialog({ action, event, onDone }: Props) {
  const { client, words, announce } = useConsole();
  const queries = useQueryClient();
  const dialog = useRef<HTMLDialogElement>(null);
  // The version on the screen when the admin opened the dialog. If the event has a newer version, the server reports a
  // conflict.
  const [seen] = useState(event);
  const [requestId] = useState(newRequestId);
  const [reason, setReason] = useState('');
  const [value, setValue] = useState('');
  const [opensAt, setOpensAt] = useState('');
  const [closesAt, setClosesAt] = useState('');
  const [confirm, setConfirm] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => dialog.current?.showModal(), []);

  const change = { eventId: seen.id, version: seen.version, requestId, ...(reason !== '' && { reason }) };
  const run = (): Promise<AdminEvent> => {
    const { event: calls } = client.admin;
    switch (action) {
      case 'approve':
        return calls.approve.mutate(change);
      case 'pause':
        return calls.pause.mutate(change);
      case 'resume':
        return calls.resume.mutate({ ...change, ...(value !== '' && { fromSerial: Number(value) }) });
      case 'close':
        return calls.close.mutate(change);
      case 'topUp':
        return calls.topUp.mutate({ ...change, add: Number(value) });
      case 'reset':
        return calls.reset.mutate({
          ...change,
          confirm,
          ...(value !== '' && { stock: Number(value) }),
          ...(opensAt !== '' && { opensAt: withOffset(opensAt) }),
          ...(closesAt !== '' && { closesAt: withOffset(closesAt) }),
        });
    }
  };
  const submit = async (submitted: FormEvent): Promise<void> => {
    submitted.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const after = await run();
      await queries.invalidateQueries();
      announce(words.done[action](after.name, words.phases[after.phase]));
      // Closing the dialog returns the focus to the button; removing the element would not.
      dialog.current?.close();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  const asksValue = action === 'topUp' || action === 'reset' || action === 'resume';
  return (
    <dialog ref={dialog} onClose={onDone} aria-labelledby="action-title" data-action={action}>
      <form onSubmit={(submitted) => void submit(submitted)}>
        <h2 id="action-title">
          {words.actions[action]}: {seen.name}
        </h2>
        <p>{words.willHappen[action]}</p>
        {asksValue ? (
          <Field
            label={words.values[action]}
            name="value"
            inputMode="numeric"
            pattern="[0-9]*"
            required={action === 'topUp'}
            value={value}
            onValue={setValue}
            hint={{ topUp: undefined, reset: words.optional, resume: words.fromSerialHint }[action]}
          />
        ) : null}
        {action === 'reset' ? (
          <>
            <Field
              label={words.fields.opensAt}
              name="opensAt"
              type="datetime-local"
              step={1}
              value={opensAt}
              onValue={setOpensAt}
              hint={`${words.optional} (${words.here})`}
            />
            <Field
              label={words.fields.closesAt}
              name="closesAt"
              type="datetime-local"
              step={1}
              value={closesAt}
              onValue={setClosesAt}
              hint={`${words.optional} (${words.here})`}
            />
            <Field
              label={words.typeName(seen.name)}
              name="confirm"
              autoComplete="off"
              required
              value={confirm}
              onValue={setConfirm}
            />
          </>
        ) : null}
        <Field label={words.reason} name="reason" value={reason} onValue={setReason} hint={words.reasonHint} />
        <TroubleNote error={error} />
        <div className="actions">
          <button
            className="main-action"
            disabled={busy || (action === 'reset' && confirm !== seen.name)}
            data-confirm=""
          >
            {words.actions[action]}
          </button>
          <button type="button" className="quiet" onClick={() => dialog.current?.close()}>
            {words.cancel}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** Converts a local time of this browser to an instant. */
const withOffset = (local: string): string => new Date(local).toISOString();
