import { Accordion, List, Text } from '@mantine/core';
import { useConsole } from '../shell/console-context.ts';
import type { AdminEvent } from '../shell/session.ts';

/** Whether the event is ready for its opening. */
export function Readiness({ readiness }: { readiness: NonNullable<AdminEvent['readiness']> }) {
  const { words } = useConsole();
  return (
    // Collapsed while every check is green, so that the live figures stay near the top.
    <Accordion
      key={String(readiness.armed)}
      variant="contained"
      defaultValue={readiness.armed ? null : 'checks'}
      data-armed={readiness.armed}
    >
      <Accordion.Item value="checks">
        <Accordion.Control>
          {words.sale.readiness}: {readiness.armed ? words.sale.armed : words.sale.notArmed}
        </Accordion.Control>
        <Accordion.Panel>
          <List className="checks" listStyleType="none">
            {readiness.checks.map(({ name, state }) => (
              <List.Item key={name} data-state={state} data-check={name}>
                <Text span fw={600} {...(state === 'problem' && { c: 'var(--mantine-color-error)' })}>
                  {words.common.states[state]}
                </Text>{' '}
                {words.sale.checks[name]}
                {state === 'ok' ? null : (
                  <Text span>
                    {' · '}
                    {state === 'waiting' ? words.sale.checkWaits : words.sale.checkFails[name]}
                  </Text>
                )}
              </List.Item>
            ))}
          </List>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}
