import type { ConsoleMessages } from '../en.ts';

export const sale: ConsoleMessages['sale'] = {
  live: '실시간',
  remaining: '남은 수량',
  issued: '발급',
  persisted: 'MySQL에 저장',
  outbox: '아웃박스',
  lag: '지연',
  openingError: '시작 오차',
  sellout: '소진까지',
  rates: '초당 신청',
  max: '최대',
  accepted: '발급',
  refused: '거절',
  overTime: (seconds) => `저장된 신청 (${seconds}초 단위)`,
  readiness: '준비 상태',
  armed: '준비 완료',
  notArmed: '준비되지 않음',
};
