import { AppShell, Burger, Button, Group, NavLink, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import {
  IconCalendarEvent,
  IconChecklist,
  IconDownload,
  IconHistory,
  IconKey,
  IconStack2,
  IconUsers,
  type Icon,
} from '@tabler/icons-react';
import { useEffect, type MouseEvent, type ReactNode } from 'react';
import { catalogues, type Language } from '../../shared/language.ts';
import type { ConsoleMessages } from '../messages/en.ts';
import { AdminMenu } from './admin-menu.tsx';
import { hashOf, usePath, useRoute, type Route } from './route.ts';
import { mayDo, type Role, type Session, type Signed } from './session.ts';
import { SystemState } from './system-state.tsx';

type Props = {
  session: Session;
  signed: Signed | null;
  words: ConsoleMessages;
  language: Language;
  onLanguage: (language: Language) => void;
  children: ReactNode;
};

type Place = 'events' | 'approvals' | 'people' | 'audit' | 'exports' | 'keys';

const places: readonly { place: Place; icon: Icon; route: Route; role?: Role }[] = [
  { place: 'events', icon: IconCalendarEvent, route: { view: 'events' } },
  { place: 'approvals', icon: IconChecklist, route: { view: 'approvals' } },
  { place: 'people', icon: IconUsers, route: { view: 'people' } },
  { place: 'audit', icon: IconHistory, route: { view: 'audit' } },
  { place: 'exports', icon: IconDownload, route: { view: 'exports' } },
  { place: 'keys', icon: IconKey, route: { view: 'keys' }, role: 'admin' },
];

/** The navigation entry to which a route belongs. */
function placeOf({ view }: Route): Place {
  return places.find(({ place }) => place === view)?.place ?? 'events';
}

/** The header, the navigation and the content area around every view. On a phone, a button opens the navigation. */
export function Frame({ session, signed, words, language, onLanguage, children }: Props) {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const path = usePath();
  useEffect(close, [path]);
  const isIn = signed !== null;
  return (
    <AppShell
      header={{ height: 56 }}
      padding="md"
      {...(isIn && { navbar: { width: 220, breakpoint: 'sm', collapsed: { mobile: !isOpen } } })}
    >
      <AppShell.Header>
        <a className="skip" href="#main" onClick={toMain}>
          {words.shell.toMain}
        </a>
        <Group h="100%" px="md" gap="xs" wrap="nowrap" justify="space-between">
          <Group gap="xs" wrap="nowrap">
            {isIn ? (
              <Burger
                opened={isOpen}
                onClick={toggle}
                hiddenFrom="sm"
                size="sm"
                aria-label={words.shell.nav.toggle}
                aria-expanded={isOpen}
              />
            ) : null}
            <Title order={2} size="h4" component="p" className="site">
              Firstcome
            </Title>
            {isIn ? <SystemState words={words} /> : null}
          </Group>
          <Group gap="xs" wrap="nowrap">
            <div className="languages" role="group" aria-label={words.shell.language}>
              <Button.Group>
                {(Object.keys(catalogues) as Language[]).map((each) => (
                  <Button
                    key={each}
                    size="compact-sm"
                    variant={each === language ? 'light' : 'default'}
                    lang={each}
                    aria-pressed={each === language}
                    onClick={() => onLanguage(each)}
                  >
                    {catalogues[each].languageShort}
                  </Button>
                ))}
              </Button.Group>
            </div>
            {isIn ? <AdminMenu signed={signed} words={words} onSignOut={session.signOut} /> : null}
          </Group>
        </Group>
      </AppShell.Header>
      {isIn ? (
        <AppShell.Navbar p="xs" aria-label={words.shell.nav.label}>
          <Places signed={signed} words={words} />
        </AppShell.Navbar>
      ) : null}
      <AppShell.Main id="main" tabIndex={-1}>
        {children}
      </AppShell.Main>
    </AppShell>
  );
}

function Places({ signed, words }: { signed: Signed; words: ConsoleMessages }) {
  const here = placeOf(useRoute());
  return (
    <>
      {places
        .filter(({ role = 'viewer' }) => mayDo(signed.role, role))
        .map(({ place, icon: PlaceIcon, route }) => (
          <NavLink
            key={place}
            href={hashOf(route)}
            label={words.shell.nav[place]}
            leftSection={<PlaceIcon size={18} stroke={1.75} aria-hidden />}
            active={place === here}
            aria-current={place === here ? 'page' : undefined}
          />
        ))}
      {signed.hasQueues ? (
        <NavLink
          href="/admin/queues"
          label={words.shell.nav.queues}
          leftSection={<IconStack2 size={18} stroke={1.75} aria-hidden />}
        />
      ) : null}
    </>
  );
}

/** Moves the focus to the content. A plain link to the content would change the hash, and so the view. */
function toMain(event: MouseEvent): void {
  event.preventDefault();
  document.getElementById('main')?.focus();
}
