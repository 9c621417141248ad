import { Badge, List, Popover, Text, UnstyledButton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ConsoleMessages } from '../messages/en.ts';

const lookEveryMs = 15_000;

type Check = { name: string; ok: boolean };
type Readiness = { ready: boolean; checks?: Check[] };

/** Names the parts of the system that have a problem. Shows nothing while all is well. */
export function SystemState({ words }: { words: ConsoleMessages }) {
  const { data } = useQuery({
    queryKey: ['readyz'],
    queryFn: readState,
    refetchInterval: lookEveryMs,
    retry: false,
  });
  const failing = data?.checks?.filter(({ ok }) => !ok) ?? [];
  if (data === undefined || (data.ready && failing.length === 0)) return null;
  const { system } = words.shell;
  return (
    <Popover position="bottom-start" withArrow width={280}>
      <Popover.Target>
        <UnstyledButton data-system={data.ready ? 'degraded' : 'down'}>
          <Badge color={data.ready ? 'orange' : 'red'} component="span">
            {data.ready ? system.degraded : system.down}
          </Badge>
        </UnstyledButton>
      </Popover.Target>
      <Popover.Dropdown>
        <Text size="sm">{data.ready ? system.degradedAbout : system.downAbout}</Text>
        <List size="sm" mt="xs">
          {failing.map(({ name }) => (
            <List.Item key={name}>
              {name in system.checks ? system.checks[name as keyof typeof system.checks] : name}
            </List.Item>
          ))}
        </List>
      </Popover.Dropdown>
    </Popover>
  );
}

async function readState({ signal }: { signal: AbortSignal }): Promise<Readiness> {
  try {
    return (await (await fetch('/readyz', { signal })).json()) as Readiness;
  } catch {
    return { ready: false };
  }
}
