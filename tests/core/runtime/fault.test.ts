import { expect, it } from 'vitest';
import { Fault, withoutStack } from '../../../core/runtime/fault.ts';

it('an error made without a stack has its message, and does not affect the stacks of other errors', () => {
  const limit = Error.stackTraceLimit;
  const fault = withoutStack(() => new Fault('busy', 'Try again.'));
  expect(fault).toMatchObject({ code: 'busy', message: 'Try again.', name: 'Fault' });
  expect(fault.stack).not.toContain('\n    at ');
  expect(() =>
    withoutStack(() => {
      throw new Fault('busy', 'The operation failed.');
    }),
  ).toThrow('The operation failed.');
  expect(Error.stackTraceLimit).toBe(limit);
  expect(new Fault('busy', 'Try again.').stack).toContain('\n    at ');
});
