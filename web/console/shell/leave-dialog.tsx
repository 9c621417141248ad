import { Button, Group, Text } from '@mantine/core';
import { Dialog } from '../parts/dialog.tsx';
import { useWaitingNavigation } from './address.ts';
import { useConsole } from './console-context.ts';

/** Asks the admin before a navigation discards the text typed into a form. */
export function LeaveDialog() {
  const { words } = useConsole();
  const { isWaiting, leave, stay } = useWaitingNavigation();
  return (
    <Dialog opened={isWaiting} onClose={stay} title={words.shell.leave.title} size="md" action="leave">
      <Text>{words.shell.leave.about}</Text>
      <Group mt="lg" justify="flex-end">
        <Button variant="default" onClick={stay} data-autofocus>
          {words.shell.leave.stay}
        </Button>
        <Button color="red" onClick={leave}>
          {words.shell.leave.leave}
        </Button>
      </Group>
    </Dialog>
  );
}
