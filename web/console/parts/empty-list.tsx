import { EmptyState } from '@mantine/core';
import type { Icon } from '@tabler/icons-react';
import type { ReactNode } from 'react';

type Props = { icon: Icon; title: string; about?: string | undefined; children?: ReactNode };

/** Takes the place of a list without entries: says that there are none, and perhaps what to do. */
export function EmptyList({ icon: ListIcon, title, about, children }: Props) {
  return (
    <EmptyState
      className="empty-list"
      role="status"
      icon={<ListIcon stroke={1.5} aria-hidden />}
      title={title}
      description={about}
    >
      {children}
    </EmptyState>
  );
}
