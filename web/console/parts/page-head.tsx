import { Anchor, Box, Group, Text, Title } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { useConsole } from '../shell/console-context.ts';

type Props = {
  title: string;
  /** Content next to the title, such as a badge. */
  mark?: ReactNode;
  about?: string | undefined;
  back?: { href: string; label: string };
  /** Buttons and links for the whole page. */
  actions?: ReactNode;
};

/** The head of every view: its title and its actions. The title becomes the browser's title too. */
export function PageHead({ title, mark, about, back, actions }: Props) {
  const { words } = useConsole();
  useEffect(() => {
    document.title = `${title} · ${words.shell.title} · Firstcome`;
  }, [title, words]);
  return (
    <Box className="page-head">
      {back === undefined ? null : (
        <Anchor href={back.href} underline="hover" size="sm">
          ← {back.label}
        </Anchor>
      )}
      <Group justify="space-between" align="center" gap="sm">
        <Group gap="sm" align="center">
          <Title order={1}>{title}</Title>
          {mark}
        </Group>
        {actions === undefined ? null : <Group gap="xs">{actions}</Group>}
      </Group>
      {about === undefined ? null : (
        <Text c="dimmed" mt={4}>
          {about}
        </Text>
      )}
    </Box>
  );
}
