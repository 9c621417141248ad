import { Modal, type ModalProps } from '@mantine/core';
import { useEffect } from 'react';
import { useConsole } from '../shell/console-context.ts';

type Props = Pick<ModalProps, 'opened' | 'onClose' | 'title' | 'size' | 'children' | 'withCloseButton'> & {
  /** Identifies the dialog to tests. */
  action: string;
};

/**
 * A dialog over the page. Keeps the focus until it closes, and then returns it to where it was. Its children are
 * created anew each time it opens.
 */
export function Dialog({ action, opened, ...rest }: Props) {
  const { words } = useConsole();
  useEffect(() => {
    if (!opened) return;
    // Mantine would forget the opener of a dialog that is mounted open.
    const opener = document.activeElement;
    return () => {
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true });
    };
  }, [opened]);
  return (
    <Modal
      {...rest}
      opened={opened}
      returnFocus={false}
      data-action={action}
      closeButtonProps={{ 'aria-label': words.common.dismiss }}
    />
  );
}
