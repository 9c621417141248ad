export const confirmArg = {
  type: 'string',
  value: 'name',
  summary: "The event's name, to confirm without being asked",
  group: 'Safety and audit:',
} as const;
