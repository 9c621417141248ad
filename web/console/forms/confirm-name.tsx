import { Text } from '@mantine/core';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { useConsole } from '../shell/console-context.ts';

type Props = {
  title: string;
  /** The event's name, exactly as the admin must type it. */
  name: string;
  /** The server's description of what the change would do. Null while no confirmation is needed. */
  reason: string | null;
  onConfirm: () => void;
  onCancel: () => void;
};

/** Asks the admin to type the event's name, if the server requires that before it makes the change. */
export function ConfirmName({ title, name, reason, onConfirm, onCancel }: Props) {
  const { words } = useConsole();
  return (
    <ConfirmDialog
      opened={reason !== null}
      onClose={onCancel}
      action="cut"
      title={title}
      typeName={name}
      about={
        <>
          <Text>{words.forms.cutsOpenEvent}</Text>
          <Text c="red" mt="xs">
            {reason}
          </Text>
        </>
      }
      confirm={words.common.save}
      isDanger
      onConfirm={onConfirm}
    />
  );
}
