import { Alert } from '@mantine/core';
import { IconAlertTriangle, IconInfoCircle } from '@tabler/icons-react';
import type { ReactNode } from 'react';

type Props = {
  kind: 'trouble' | 'caution' | 'info';
  title?: string;
  children: ReactNode;
  [data: `data-${string}`]: string;
};

const colours = { trouble: 'red', caution: 'orange', info: 'indigo' } as const;

/** A message within a view. Screen readers announce trouble at once. */
export function Notice({ kind, title, children, ...data }: Props) {
  const NoticeIcon = kind === 'info' ? IconInfoCircle : IconAlertTriangle;
  return (
    <Alert
      color={colours[kind]}
      icon={<NoticeIcon aria-hidden />}
      title={title}
      role={kind === 'info' ? 'note' : 'alert'}
      {...data}
    >
      {children}
    </Alert>
  );
}
