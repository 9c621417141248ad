import { Text } from '@mantine/core';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { useConsole } from '../shell/console-context.ts';

type Props = {
  title: string;
  /** The event's name, exactly as the admin must type it. */
  name: string;
  /** What the change would do, according to the server; null while nothing is asked. */
  reason: string | null;
  onConfirm: () => void;
  onCancel: () => void;
};

/** Asks for the event's name before a change that the server makes only with that confirmation. */
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
