export const audit = {
  actor: 'Who',
  action: 'Action',
  since: 'Since',
  filter: 'Filter',
  noEntries: 'No entries found.',
  details: 'Before and after',
};
