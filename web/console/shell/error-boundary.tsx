import { Alert, Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import type { ConsoleMessages } from '../messages/en.ts';

type Props = { words: ConsoleMessages; children: ReactNode };

/** If a view fails, shows a message in its place, so that the rest of the console keeps working. */
export class ErrorBoundary extends Component<Props, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    const { words, children } = this.props;
    if (!this.state.failed) return children;
    return (
      <Alert color="red" title={words.errors.viewFailed} role="alert">
        <p>{words.errors.viewFailedAbout}</p>
        <Button variant="default" mt="sm" onClick={() => location.reload()}>
          {words.errors.reload}
        </Button>
      </Alert>
    );
  }
}
