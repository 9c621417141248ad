import { Anchor, Button, Paper, PasswordInput, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import type { Language } from '../../shared/language.ts';
import { errorText } from '../messages/error-text.ts';
import type { ConsoleMessages } from '../messages/en.ts';
import { Notice } from '../parts/notice.tsx';
import { troubleOf, type Session } from './session.ts';

type Props = { session: Session; words: ConsoleMessages; language: Language; expired: boolean };

/** The page where the identity provider signs admins in, if the operator has set it. */
const loginUrl = (): string => document.querySelector<HTMLMetaElement>('meta[name=console-login]')?.content ?? '';

/** Asks for a token, which the tab keeps until it is closed. */
export function SignIn({ session, words, language, expired }: Props) {
  const [said, setSaid] = useState<string | null>(null);
  const form = useForm({ initialValues: { token: '' } });
  const send = async ({ token }: { token: string }): Promise<void> => {
    setSaid(null);
    try {
      await session.signIn(token.trim());
    } catch (error) {
      const { code } = troubleOf(error);
      const { refused, noRole } = words.shell.signIn;
      setSaid(code === 'UNAUTHORIZED' ? refused : code === 'FORBIDDEN' ? noRole : errorText(words, language, error));
    }
  };
  return (
    <Paper component="section" withBorder maw={448} mx="auto" mt="xl" p="xl" className="sign-in">
      <form onSubmit={form.onSubmit(send)}>
        <Stack>
          <Title order={1}>{words.shell.signIn.title}</Title>
          {expired ? <Notice kind="caution">{words.shell.signIn.expired}</Notice> : null}
          <Text c="dimmed">{words.shell.signIn.about}</Text>
          {loginUrl() === '' ? null : <Anchor href={loginUrl()}>{words.shell.signIn.elsewhere}</Anchor>}
          <PasswordInput
            label={words.shell.signIn.token}
            name="token"
            autoComplete="off"
            spellCheck={false}
            required
            withAsterisk={false}
            data-autofocus
            autoFocus
            visibilityToggleButtonProps={{ 'aria-label': words.shell.signIn.show }}
            {...form.getInputProps('token')}
          />
          {said === null ? null : <Notice kind="trouble">{said}</Notice>}
          <Button type="submit" loading={form.submitting}>
            {words.shell.signIn.action}
          </Button>
        </Stack>
      </form>
    </Paper>
  );
}

/** Takes the place of the page while a reload checks the kept token. */
export function Restoring({ words }: { words: ConsoleMessages }) {
  return (
    <Stack role="status" aria-label={words.common.loading}>
      <Skeleton h={32} w={220} />
      <Skeleton h={240} />
    </Stack>
  );
}
