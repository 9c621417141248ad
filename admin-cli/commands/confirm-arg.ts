/** What stands in for the question of a command that can't be undone. */
export const confirmArg = {
  type: 'string',
  value: 'name',
  summary: 'The name of the event, instead of being asked for it',
  group: 'Safety and audit:',
} as const;
