import { useEffect, useRef, useState, type FormEvent } from 'react';
import { useConsole } from './console-context.ts';
import { Field } from './parts.tsx';

type Props = {
  title: string;
  /** The event's name, exactly as the admin must type it. */
  name: string;
  /** What the change would do, according to the server. */
  reason: string;
  onConfirm: () => void;
  onCancel: () => void;
};

/** Asks for the event's name before a change that the server makes only with that confirmation. */
export function ConfirmName({ title, name, reason, onConfirm, onCancel }: Props) {
  const { words } = useConsole();
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, setTyped] = useState('');
  useEffect(() => dialog.current?.showModal(), []);
  const submit = (submitted: FormEvent): void => {
    submitted.preventDefault();
    onConfirm();
  };
  return (
    <dialog ref={dialog} onClose={onCancel} aria-labelledby="confirm-title" data-action="cut">
      <form onSubmit={submit}>
        <h2 id="confirm-title">{title}</h2>
        <p>{words.cutsOpenEvent}</p>
        <p lang="en" className="trouble">
          {reason}
        </p>
        <Field
          label={words.typeName(name)}
          name="confirm"
          autoComplete="off"
          required
          value={typed}
          onValue={setTyped}
        />
        <div className="actions">
          <button className="main-action" disabled={typed !== name} data-confirm="">
            {words.save}
          </button>
          <button type="button" className="quiet" onClick={() => dialog.current?.close()}>
            {words.cancel}
          </button>
        </div>
      </form>
    </dialog>
  );
}
