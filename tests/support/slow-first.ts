import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What takes a minute or more with two workers; a name that is gone does no harm. */
const slow = [
  'core/reconcile/dying-repair',
  'core/engines/faults',
  'api/main',
  'core/reconcile/planted',
  'core/rounds/retire-deaths',
  'web/console-work',
  'web/away',
  'launcher/start',
  'core/engines/contract',
  'core/engines/approval',
  'web/event-page',
  'faults/shutdown',
  'worker/status',
  'bench/strategies-bench',
].map((name) => `/tests/${name}.test.ts`);

/**
 * Begins with the slowest files, so that no worker has one left when the others are done. Vitest does so by itself once it has
 * run them all; without the times of such a run it goes by a file's size, which says little here.
 */
export class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isSlow = ({ moduleId }: TestSpecification): boolean => slow.some((name) => moduleId.endsWith(name));
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))];
  }
}
