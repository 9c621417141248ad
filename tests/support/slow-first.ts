import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Files that take a minute or more with two workers. It does no harm if a file in the list does not exist. */
const slow = [
  'core/reconcile/dying-repair',
  'core/engines/faults',
  'api/main',
  'core/reconcile/planted',
  'core/rounds/retire-deaths',
  'web/console-work',
  'web/away',
  'launcher/start',
  'faults/rolling-upgrade',
  'deploy/restore-drill',
  'core/engines/contract',
  'core/engines/approval',
  'web/event-page',
  'faults/alarms',
  'faults/shutdown',
  'worker/status',
  'bench/strategies-bench',
].map((name) => `/tests/${name}.test.ts`);

/**
 * Runs the slowest files first, so that no worker is still busy with a slow file when the other workers are done. Until
 * Vitest knows durations from a full run, it sorts by file size, which says little about these files.
 */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isSlow = ({ moduleId }: TestSpecification): boolean => slow.some((name) => moduleId.endsWith(name));
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))];
  }
}
