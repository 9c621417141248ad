import type { ConsoleMessages } from '../en.ts';

export const common: ConsoleMessages['common'] = {
  loading: '불러오는 중…',
  more: '더 보기',
  back: '이벤트로 돌아가기',
  cancel: '취소',
  dismiss: '닫기',
  save: '저장',
  optional: '선택 사항',
  unknown: '알 수 없음',
  phases: { scheduled: '예정', open: '진행 중', paused: '일시 중지', sold_out: '소진', closed: '종료' },
  reason: '사유',
  reasonHint: '감사 기록에 남습니다.',
  states: { ok: '정상', waiting: '대기', problem: '문제' },
  working: '처리 중…',
  value: '값',
  state: '상태',
  round: '회차',
  event: '이벤트',
};
