import { Button, Group } from '@mantine/core';
import { IconCalendar, IconList } from '@tabler/icons-react';
import { useConsole } from '../shell/console-context.ts';
import { hashOf } from '../shell/route.ts';
import { mayDo } from '../shell/session.ts';

const views = [
  { view: 'events', icon: IconList },
  { view: 'calendar', icon: IconCalendar },
] as const;

/** Next to the title: a switch between table and calendar, and a link to create an event. */
export function EventViewSwitch({ current }: { current: 'events' | 'calendar' }) {
  const { words, signed } = useConsole();
  return (
    <Group gap="sm">
      <Button.Group>
        {views.map(({ view, icon: ViewIcon }) => (
          <Button
            key={view}
            component="a"
            href={hashOf({ view })}
            variant={view === current ? 'light' : 'default'}
            aria-current={view === current ? 'page' : undefined}
            leftSection={<ViewIcon size={16} aria-hidden />}
          >
            {words.events.views[view]}
          </Button>
        ))}
      </Button.Group>
      {mayDo(signed.role, 'operator') ? (
        <Button component="a" href={hashOf({ view: 'create' })}>
          {words.events.create}
        </Button>
      ) : null}
    </Group>
  );
}
