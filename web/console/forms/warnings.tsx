import { List } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Notice } from '../parts/notice.tsx';
import { useConsole } from '../shell/console-context.ts';
import type { AdminEvent } from '../shell/session.ts';
import { warningsOf, type Draft } from './draft.ts';

/**
 * Warns about values that may be mistakes, for example because they differ from those of the newest other events. The
 * form can be sent despite warnings.
 */
export function Warnings({ draft, event }: { draft: Draft; event: AdminEvent | null }) {
  const { client, words, signed } = useConsole();
  const { data } = useQuery({
    queryKey: ['usual-events'],
    queryFn: ({ signal }) => client.admin.event.list.query({ limit: 100 }, { signal }),
    staleTime: 60_000,
  });
  const others = (data?.events ?? []).filter(({ id }) => id !== event?.id);
  const circumstances = { nowMs: Date.now() + signed.rules.aheadMs, others, event, ...signed.rules };
  const warnings = warningsOf(draft, circumstances);
  return (
    <div role="status">
      {warnings.length === 0 ? null : (
        <Notice kind="info" title={words.forms.checkAgain} data-warnings="">
          <List size="sm">
            {warnings.map((warning) => (
              <List.Item key={warning} data-warning={warning}>
                {words.forms.warnings[warning]}
              </List.Item>
            ))}
          </List>
        </Notice>
      )}
    </div>
  );
}
