import { Stack, Tabs, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ExportClaims } from '../operations/exports-view.tsx';
import { Loading } from '../parts/loading.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { PhaseBadge } from '../parts/phase-badge.tsx';
import { TroubleNote } from '../parts/trouble-note.tsx';
import { useConsole } from '../shell/console-context.ts';
import { hashOf, useViewState } from '../shell/route.ts';
import { CheckCoupon } from './check-coupon.tsx';
import { ClaimsTable, noFilter } from './claims-table.tsx';
import { LookUp } from './look-up.tsx';

const tabs = ['list', 'one', 'check', 'export'] as const;
const start = { tab: 'list', ...noFilter };

/** The claims of an event: the list, the history of one claim, a check of a coupon's code, and an export. */
export function ClaimsView({ eventId }: { eventId: string }) {
  const { client, words, signed } = useConsole();
  const [{ tab, ...filter }, setState] = useViewState(start);
  const { data: event, error } = useQuery({
    queryKey: ['event', eventId],
    queryFn: ({ signal }) => client.admin.event.get.query({ eventId }, { signal }),
  });
  if (event === undefined) return error ? <TroubleNote error={error} /> : <Loading />;
  return (
    <Stack>
      <PageHead
        title={words.people.claimsOf(event.name)}
        mark={<PhaseBadge phase={event.phase} />}
        about={words.people.lookupsAreNoted}
        back={{ href: hashOf({ view: 'event', eventId }), label: words.common.back }}
      />
      {signed.rules.seesCodes ? null : (
        <Text c="dimmed" data-codes="masked">
          {words.people.codesAreMasked}
        </Text>
      )}
      <Tabs
        value={tabs.find((each) => each === tab) ?? 'list'}
        onChange={(chosen) => setState({ tab: chosen ?? 'list' })}
        keepMounted={false}
      >
        <Tabs.List mb="md">
          {tabs.map((each) => (
            <Tabs.Tab key={each} value={each} data-tab={each}>
              {words.people.tabs[each]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="list">
          <ClaimsTable event={event} filter={filter} onFilter={setState} />
        </Tabs.Panel>
        <Tabs.Panel value="one">
          <LookUp event={event} />
        </Tabs.Panel>
        <Tabs.Panel value="check">
          <CheckCoupon eventId={eventId} />
        </Tabs.Panel>
        <Tabs.Panel value="export">
          <ExportClaims eventId={eventId} />
        </Tabs.Panel>
      </Tabs>
    </Stack>
  );
}
