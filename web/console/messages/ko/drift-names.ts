import type { DriftKind } from '../../../../core/compare/drift-kind.ts';

/** A name for each kind of difference between the stores. */
export const driftNames: Record<DriftKind, string> = {
  missing_in_db: 'MySQL에 없는 쿠폰',
  missing_in_redis: 'Redis에 없는 쿠폰',
  counter_drift: '발급 수 불일치',
  serial_gap: '빈 번호',
  over_stock: '수량 초과',
  duplicate_user: '중복 발급',
  conflict: '내용 불일치',
  stale_round: '정리되지 않은 이전 회차',
  config_drift: '이벤트 설정 불일치',
};
