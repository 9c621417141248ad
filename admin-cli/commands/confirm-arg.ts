/** Answers the confirmation question of an irreversible command in advance. */
export const confirmArg = {
  type: 'string',
  value: 'name',
  summary: 'The name of the event, instead of being asked for it',
  group: 'Safety and audit:',
} as const;
