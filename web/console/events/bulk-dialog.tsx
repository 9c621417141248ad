import { Button, Group, List, Stack, Text } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { errorText } from '../messages/error-text.ts';
import { ConfirmDialog } from '../parts/confirm-dialog.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Field } from '../parts/fields.tsx';
import { useConsole } from '../shell/console-context.ts';
import { newRequestId, type AdminEvent } from '../shell/session.ts';

export type BulkAction = 'pause' | 'close';

type Props = {
  action: BulkAction;
  selected: readonly AdminEvent[];
  /** Called with the events for which the action failed, or with null if the dialog closed without a change. */
  onClose: (failed: readonly AdminEvent[] | null) => void;
};

type Result = { event: AdminEvent; error: unknown };

const canTake: Record<BulkAction, (event: AdminEvent) => boolean> = {
  pause: ({ phase, paused }) => phase !== 'closed' && !paused,
  close: ({ phase }) => phase !== 'closed',
};

/** Pauses or closes several events. Lists them first, then changes them one after the other and shows each result. */
export function BulkDialog({ action, selected, onClose }: Props) {
  const { client, words, language } = useConsole();
  const queries = useQueryClient();
  // Keep the events as they were when the dialog opened, because the list behind it keeps refreshing.
  const [[events, others]] = useState(() => {
    const able = selected.filter(canTake[action]);
    return [able, selected.filter((event) => !able.includes(event))] as const;
  });
  const [reason, setReason] = useState('');
  const [done, setDone] = useState<readonly Result[] | null>(null);
  const [busy, setBusy] = useState(false);
  const number = new Intl.NumberFormat(language);
  const run = async (): Promise<void> => {
    setBusy(true);
    const results: Result[] = [];
    for (const event of events) {
      const change = {
        eventId: event.id,
        version: event.version,
        requestId: newRequestId(),
        ...(reason !== '' && { reason }),
      };
      const error = await client.admin.event[action].mutate(change).then(
        () => null,
        (failure: unknown) => failure,
      );
      // Read the event's newest version, so that a second attempt does not fail because of the old one.
      const newest =
        error === null ? event : await client.admin.event.get.query({ eventId: event.id }).catch(() => event);
      results.push({ event: newest, error });
    }
    await queries.invalidateQueries();
    setDone(results);
  };
  const title = words.events.bulk.titles[action](number.format(events.length));
  if (done !== null) return <Results title={title} action={action} results={done} onClose={onClose} />;
  if (events.length === 0) {
    return (
      <Dialog opened onClose={() => onClose(null)} title={words.events.actions[action]} action={`bulk-${action}`}>
        <Text>{words.events.bulk.none[action]}</Text>
      </Dialog>
    );
  }
  return (
    <ConfirmDialog
      opened
      // The dialog can't be closed while the calls are sent, because their results would be lost.
      onClose={() => (busy ? undefined : onClose(null))}
      action={`bulk-${action}`}
      title={title}
      about={words.events.bulk.willHappen[action]}
      names={events.map(({ name }) => name)}
      confirm={title}
      isDanger={action === 'close'}
      busy={busy}
      onConfirm={() => void run()}
    >
      {others.length === 0 ? null : (
        <Text size="sm" c="dimmed" data-others={others.length}>
          {words.events.bulk.others[action](others.map(({ name }) => name).join(', '))}
        </Text>
      )}
      <Field
        label={words.common.reason}
        name="reason"
        value={reason}
        onValue={setReason}
        hint={words.common.reasonHint}
      />
    </ConfirmDialog>
  );
}

type ResultsProps = { title: string; action: BulkAction; results: readonly Result[]; onClose: Props['onClose'] };

/** The result for each event. */
function Results({ title, action, results, onClose }: ResultsProps) {
  const { words, language } = useConsole();
  const number = new Intl.NumberFormat(language);
  const failed = results.filter(({ error }) => error !== null).map(({ event }) => event);
  return (
    <Dialog opened onClose={() => onClose(failed)} title={title} action={`bulk-${action}`}>
      <Stack>
        <Text role="status" data-failed={failed.length} data-autofocus tabIndex={-1}>
          {failed.length === 0
            ? words.events.bulk.allDone
            : words.events.bulk.someFailed(number.format(failed.length), number.format(results.length))}
        </Text>
        <List spacing={4} className="names" mah={300} tabIndex={0}>
          {results.map((result) => (
            <ResultItem key={result.event.id} {...result} />
          ))}
        </List>
        <Group justify="flex-end">
          <Button onClick={() => onClose(failed)} data-do="bulk-end">
            {words.events.bulk.end}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}

function ResultItem({ event, error }: Result) {
  const { words, language } = useConsole();
  const isDone = error === null;
  const ResultIcon = isDone ? IconCheck : IconX;
  return (
    <List.Item
      data-result={isDone ? 'done' : 'failed'}
      icon={
        <ResultIcon
          size={18}
          color={`var(--mantine-color-${isDone ? 'green' : 'red'}-text)`}
          role="img"
          aria-label={isDone ? words.events.bulk.done : words.events.bulk.failed}
        />
      }
    >
      {event.name}
      {isDone ? null : (
        <Text size="sm" c="var(--mantine-color-error)">
          {errorText(words, language, error)}
        </Text>
      )}
    </List.Item>
  );
}
