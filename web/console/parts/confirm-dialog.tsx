import { Button, Group, List, Stack, Text } from '@mantine/core';
import { useState, type FormEvent, type ReactNode } from 'react';
import { useConsole } from '../shell/console-context.ts';
import { Dialog } from './dialog.tsx';
import { Field } from './fields.tsx';
import { TroubleNote } from './trouble-note.tsx';

type Props = {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** A description of what will happen. */
  about: ReactNode;
  /** The names of everything that the action affects, for the admin to read before the click. */
  names?: readonly string[];
  /** A name that the admin must type exactly before the button is enabled. */
  typeName?: string;
  /** The label of the button that confirms the action. */
  confirm: string;
  isDanger?: boolean;
  busy?: boolean;
  error?: unknown;
  onConfirm: () => void;
  children?: ReactNode;
  /** Identifies the dialog to tests. */
  action: string;
};

/**
 * Asks for confirmation before an action: says what will happen, and to what. Escape and Cancel close the dialog and
 * change nothing.
 */
export function ConfirmDialog({ opened, onClose, title, action, ...rest }: Props) {
  return (
    <Dialog opened={opened} onClose={onClose} title={title} action={action}>
      <ConfirmForm onClose={onClose} {...rest} />
    </Dialog>
  );
}

/** React creates this component anew whenever the dialog opens, so the fields are empty again. */
function ConfirmForm(props: Omit<Props, 'opened' | 'title' | 'action'>) {
  const { onClose, about, names, typeName, confirm, isDanger, busy, error, onConfirm, children } = props;
  const { words } = useConsole();
  const [typed, setTyped] = useState('');
  const submit = (submitted: FormEvent): void => {
    submitted.preventDefault();
    onConfirm();
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <div>{typeof about === 'string' ? <Text>{about}</Text> : about}</div>
        {names === undefined ? null : (
          <List mah={220} className="names" tabIndex={0}>
            {names.map((name, at) => (
              <List.Item key={at}>{name}</List.Item>
            ))}
          </List>
        )}
        {children}
        {typeName === undefined ? null : (
          <Field
            label={words.events.typeName(typeName)}
            name="confirm"
            autoComplete="off"
            required
            value={typed}
            onValue={setTyped}
          />
        )}
        <TroubleNote error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {words.common.cancel}
          </Button>
          <Button
            type="submit"
            data-confirm=""
            loading={busy ?? false}
            disabled={typeName !== undefined && typed !== typeName}
            {...(isDanger === true && { color: 'red.9' })}
          >
            {confirm}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
