import { Skeleton, Stack } from '@mantine/core';
import { useConsole } from '../shell/console-context.ts';

/** Takes the place of a view while its data is being loaded. */
export function Loading() {
  const { words } = useConsole();
  return (
    <Stack role="status" aria-label={words.common.loading} data-loading="">
      <Skeleton h={32} w={260} maw="100%" />
      <Skeleton h={120} />
      <Skeleton h={200} />
    </Stack>
  );
}
