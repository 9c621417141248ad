import type { ConsoleMessages } from '../en.ts';

export const people: ConsoleMessages['people'] = {
  claims: '신청',
  lookupsAreNoted: '신청 조회는 모두 감사 기록에 남습니다.',
  codesAreMasked: '조회자에게는 코드의 처음 네 글자만 보입니다.',
  lookUp: '조회',
  by: '기준',
  userId: '사용자',
  serial: '번호',
  code: '코드',
  claimedAt: '신청 시각',
  verify: '진위 확인',
  genuine: '진짜입니다.',
  notGenuine: '진짜가 아닙니다.',
};
