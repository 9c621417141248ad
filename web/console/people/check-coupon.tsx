import { Button, Paper, SimpleGrid, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { Field } from '../parts/fields.tsx';
import { TroubleNote } from '../parts/trouble-note.tsx';
import { useConsole } from '../shell/console-context.ts';

/** Checks whether a coupon code is genuine. */
export function CheckCoupon({ eventId }: { eventId: string }) {
  const { client, words } = useConsole();
  const texts = words.people;
  const [userId, setUserId] = useState('');
  const [serial, setSerial] = useState('');
  const [code, setCode] = useState('');
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: () =>
      client.admin.claim.verify.mutate({ eventId, userId: userId.trim(), serial: Number(serial), code: code.trim() }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    mutate();
  };
  return (
    <Paper component="form" withBorder p="md" onSubmit={submit} data-form="verify">
      <Title order={2}>{texts.verifyTitle}</Title>
      <Text c="dimmed" size="sm">
        {texts.verifyAbout}
      </Text>
      <SimpleGrid cols={{ base: 1, sm: 3 }} my="sm">
        <Field label={texts.userId} name="userId" required autoComplete="off" value={userId} onValue={setUserId} />
        <Field label={texts.serial} name="serial" required inputMode="numeric" value={serial} onValue={setSerial} />
        <Field label={texts.code} name="code" required autoComplete="off" value={code} onValue={setCode} />
      </SimpleGrid>
      <Button type="submit" variant="default" loading={isPending}>
        {texts.verify}
      </Button>
      <TroubleNote error={error} />
      {data === undefined ? null : (
        <Text role="status" mt="sm" data-genuine={data.genuine}>
          <b>{data.genuine ? texts.genuine : texts.notGenuine}</b> {texts.standings[data.standing]}
        </Text>
      )}
    </Paper>
  );
}
