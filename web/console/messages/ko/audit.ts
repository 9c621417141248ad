import type { ConsoleMessages } from '../en.ts';

export const audit: ConsoleMessages['audit'] = {
  actor: '누가',
  action: '동작',
  since: '이후',
  filter: '필터',
  noEntries: '찾은 것이 없습니다.',
  details: '전과 후',
};
