import { Button, Code, Group, List, Loader, Paper, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useConsole } from '../shell/console-context.ts';
import { Facts } from '../parts/facts.tsx';
import { Field } from '../parts/fields.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { useServerText } from '../parts/server-text.ts';
import { TroubleNote } from '../parts/trouble-note.tsx';
import { hashOf } from '../shell/route.ts';

/** Compares an event in both stores, explains the differences, and repairs those that can be repaired. */
export function ReconcileView({ eventId }: { eventId: string }) {
  const { client, words, announce, language } = useConsole();
  const serverText = useServerText();
  const [reason, setReason] = useState('');
  const [sure, setSure] = useState(false);
  /**
   * If the admin declines the repair, the repair button appears again in place of the question, and gets its focus
   * back.
   */
  const [declined, setDeclined] = useState(false);
  const compare = useRef<HTMLButtonElement>(null);
  const confirm = useRef<HTMLButtonElement>(null);
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: (repair: boolean) =>
      client.admin.reconcile.mutate({ eventId, repair, ...(reason !== '' && { reason }) }),
    onSuccess: ({ verdict, repaired }) => {
      setSure(false);
      announce(`${words.operations.verdicts[verdict]} ${repaired > 0 ? words.operations.repairedCount(repaired) : ''}`);
    },
  });
  // A button is disabled during its call and loses the focus, so return the focus if the call fails.
  useEffect(() => {
    if (error !== null && isFocusFree()) (confirm.current ?? compare.current)?.focus();
  }, [error]);
  const number = new Intl.NumberFormat(language);
  return (
    <Stack>
      <PageHead
        title={words.operations.reconcile}
        about={words.operations.reconcileAbout}
        back={{ href: hashOf({ view: 'event', eventId }), label: words.common.back }}
      />
      <Field
        label={words.common.reason}
        name="reason"
        value={reason}
        onValue={setReason}
        hint={words.common.reasonHint}
      />
      <Group className="actions">
        <Button ref={compare} disabled={isPending} data-do="compare" onClick={() => mutate(false)}>
          {words.operations.compare}
        </Button>
        {data?.verdict === 'drift' && !sure ? (
          <Button
            variant="default"
            autoFocus={declined}
            disabled={isPending}
            data-do="repair"
            onClick={() => {
              setDeclined(false);
              setSure(true);
            }}
          >
            {words.operations.repair}
          </Button>
        ) : null}
      </Group>
      {sure ? (
        <Paper withBorder p="md" role="group" aria-label={words.operations.repair}>
          <Text>{words.operations.repairAsk}</Text>
          <Group mt="sm">
            <Button ref={confirm} data-confirm="" autoFocus disabled={isPending} onClick={() => mutate(true)}>
              {words.operations.repair}
            </Button>
            <Button
              variant="default"
              data-do="decline"
              onClick={() => {
                setDeclined(true);
                setSure(false);
              }}
            >
              {words.common.cancel}
            </Button>
          </Group>
        </Paper>
      ) : null}
      {isPending ? <Working /> : null}
      <TroubleNote error={error} />
      {data === undefined || isPending ? null : (
        <Paper component="section" withBorder p="md" data-verdict={data.verdict} aria-label={words.operations.report}>
          <ResultHeading text={words.operations.verdicts[data.verdict]} />
          <Facts
            rows={[
              [words.common.round, number.format(data.round)],
              [words.sale.issued, number.format(data.issued)],
              [words.sale.persisted, number.format(data.persisted)],
              [words.operations.pending, number.format(data.pending)],
              [words.operations.reserved, number.format(data.reserved)],
              [words.operations.repaired, number.format(data.repaired)],
            ]}
          />
          {data.findings.map(({ kind, count, examples }) => (
            <div key={kind} data-finding={kind}>
              <Title order={3} size="h5" mt="md">
                {words.operations.kindNames[kind]}: {number.format(count)} <Code>{kind}</Code>
              </Title>
              <Text>{words.operations.kinds[kind]}</Text>
              <List>
                {examples.map(({ serial, userId, detail, detailReason }, at) => (
                  <List.Item key={at}>
                    {serial === null ? '' : `${words.operations.serialOf(number.format(serial))} `}
                    {userId === null ? '' : <Code>{userId}</Code>} {serverText(detail, [detailReason])}
                  </List.Item>
                ))}
              </List>
            </div>
          ))}
          {data.advice.map((text, at) => (
            <Text key={text} mt="xs">
              {serverText(text, [data.adviceReasons[at] ?? null])}
            </Text>
          ))}
        </Paper>
      )}
    </Stack>
  );
}

/**
 * Takes the focus from the button that was pressed, unless the focus has moved elsewhere. React creates this element
 * anew for each result.
 */
function ResultHeading({ text }: { text: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (isFocusFree()) heading.current?.focus();
  }, []);
  return (
    <Title order={2} ref={heading} tabIndex={-1} mb="sm">
      {text}
    </Title>
  );
}

const isFocusFree = (): boolean => document.activeElement === null || document.activeElement === document.body;

/**
 * Shows how long a call has been running. The seconds are hidden from screen readers, which would read each of them
 * aloud.
 */
function Working() {
  const { words } = useConsole();
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((held) => held + 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <Group gap="xs">
      <Loader size="sm" aria-hidden />
      <span role="status">{words.common.working}</span>
      <span aria-hidden>{words.operations.seconds(seconds)}</span>
    </Group>
  );
}
