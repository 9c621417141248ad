import { Modal, type ModalProps } from '@mantine/core';
import { useEffect } from 'react';
import { useConsole } from '../shell/console-context.ts';

type Props = Pick<ModalProps, 'opened' | 'onClose' | 'title' | 'size' | 'children' | 'withCloseButton'> & {
  /** Identifies the dialog to tests. */
  action: string;
};

/**
 * A dialog over the page. It keeps the focus inside until it closes, then returns the focus to the element that had it
 * before. Its children are created anew each time it opens.
 */
export function Dialog({ action, opened, ...rest }: Props) {
  const { words } = useConsole();
  useEffect(() => {
    if (!opened) return;
    // Mantine does not return the focus to the opener if the dialog is already open when it is mounted.
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
