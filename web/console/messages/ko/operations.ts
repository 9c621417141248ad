import type { ConsoleMessages } from '../en.ts';
import { driftNames } from './drift-names.ts';

export const operations: ConsoleMessages['operations'] = {
  reconcile: '데이터 대조',
  reconcileAbout:
    'Redis와 MySQL에 기록된 발급 내역을 비교합니다. 이벤트가 진행 중이어도 안전하며, 몇 분 걸릴 수 있습니다.',
  compare: '대조하기',
  repair: '복구하기',
  repairAsk: '이미 발급된 쿠폰은 건드리지 않고, 자동으로 고칠 수 있는 것만 고칩니다. 이벤트가 일시 중지될 수 있습니다.',
  report: '대조 결과',
  verdicts: { clean: '두 저장소의 내용이 일치합니다.', drift: '두 저장소의 내용이 다릅니다.' },
  repairedCount: (count) => `${count}건을 복구했습니다.`,
  pending: '저장 대기',
  repaired: '복구한 건수',
  reserved: '예약된 번호',
  kinds: {
    missing_in_db: '발급되었지만 MySQL에 없는 쿠폰입니다. 복구하면 저장됩니다.',
    missing_in_redis: 'MySQL에 저장되었지만 Redis에 없는 쿠폰입니다. 복구하면 Redis에 되돌립니다.',
    counter_drift: '기록된 발급 수가 실제 쿠폰 수와 다릅니다.',
    serial_gap: '가진 사람이 없는 번호입니다. 이미 약속된 번호인지 담당자가 확인해야 합니다.',
    over_stock: '발급된 쿠폰이 수량보다 많습니다.',
    duplicate_user: '한 사용자가 번호를 두 개 이상 가지고 있습니다.',
    conflict: '같은 쿠폰에 대해 두 저장소의 내용이 다릅니다. 담당자가 결정해야 합니다.',
    stale_round: '이전 회차의 데이터가 Redis에 남아 있습니다. 복구하면 정리됩니다.',
    config_drift: 'Redis와 MySQL의 이벤트 설정이 다르거나 Redis의 발급 데이터가 유실되었습니다. 복구하면 바로잡습니다.',
  },
  kindNames: driftNames,
  checks: {
    ...{ opening: '시작', seeded: '발급 준비', gate: '발급 데이터', worker: '작업 서버', redis: 'Redis' },
    ...{ memory: 'Redis 메모리', mysql: 'MySQL', clocks: '서버 시계', claims: 'MySQL 저장' },
  },
  serialOf: (serial) => `${serial}번`,
  seconds: (count) => `${count}초`,
  exportClaims: '신청 내역 내보내기',
  exportClaimsWhere: '내보낼 이벤트를 선택해 주세요.',
  exportHoldsCodes:
    '파일에는 현금처럼 쓸 수 있는 쿠폰 코드가 들어 있으니 취급에 주의해 주세요. 내보내기는 감사 기록에 남습니다.',
  exportMasksCodes: '쿠폰 코드는 일부만 표시됩니다. 내보내기는 감사 기록에 남습니다.',
  exportMetrics: '전체 이벤트 지표 내보내기',
  export: '파일로 내보내기',
  exported: (count) => `${count}건을 내보냈습니다.`,
  format: '형식',
};
