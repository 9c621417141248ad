export const roundArg = {
  type: 'integer',
  value: 'number',
  summary: 'The round (default: the current one)',
} as const;
