import type { ConsoleMessages } from '../en.ts';

export const events: ConsoleMessages['events'] = {
  create: '이벤트 만들기',
  edit: '수정',
  created: (name) => `${name} 이벤트를 만들었습니다.`,
  saved: (name) => `${name} 이벤트를 저장했습니다.`,
  noEvents: '아직 이벤트가 없습니다.',
  troubles: {
    ...{ needsApproval: '승인 필요', gateLost: '발급 데이터 유실' },
    ...{ opensPaused: '일시 중지: 시작되지 않음', lags: 'MySQL 저장 지연' },
  },
  seeded: '발급 준비 완료',
  opens: '시작',
  issuedOf: (issued, stock) => `${stock}장 중 ${issued}장 발급`,
  actions: {
    ...{ approve: '승인', pause: '일시 중지', resume: '재개', close: '종료' },
    ...{ topUp: '쿠폰 추가', reset: '초기화' },
  },
  willHappen: {
    approve: '현재 내용으로 이벤트를 시작할 수 있습니다. 이후 금액, 수량, 시각을 바꾸면 다시 승인받아야 합니다.',
    pause: '재개할 때까지 신청을 받지 않습니다. 이미 발급된 쿠폰은 계속 유효합니다.',
    resume: '바로 신청을 다시 받습니다.',
    close:
      '이번 회차를 종료하며, 되돌릴 수 없습니다. 발급된 쿠폰은 계속 유효합니다. 다시 진행하려면 초기화해야 합니다.',
    topUp: '입력한 만큼 수량이 늘어납니다. 소진된 이벤트는 다시 발급을 시작합니다.',
    reset:
      '다음 회차를 발급 0장으로 시작합니다. 시작 시각이 이미 지났다면 일시 중지 상태로 시작합니다. 이번 회차의 쿠폰은 그대로 유지됩니다.',
  },
  values: {
    ...{ approve: '', pause: '', close: '' },
    ...{ resume: '시작 번호', topUp: '추가할 쿠폰 수', reset: '새 수량' },
  },
  done: {
    approve: (name, phase) => `${name}: 승인했습니다. 상태: ${phase}.`,
    pause: (name, phase) => `${name}: 일시 중지했습니다. 상태: ${phase}.`,
    resume: (name, phase) => `${name}: 재개했습니다. 상태: ${phase}.`,
    close: (name, phase) => `${name}: 종료했습니다. 상태: ${phase}.`,
    topUp: (name, phase) => `${name}: 쿠폰을 추가했습니다. 상태: ${phase}.`,
    reset: (name, phase) => `${name}: 다음 회차를 시작했습니다. 상태: ${phase}.`,
  },
  fromSerialHint:
    '선택 사항입니다. 발급 데이터가 유실되었다면 아무에게도 발급되지 않은 것이 확실한 첫 번호를 입력해 주세요. 그보다 작은 빈 번호는 예약됩니다.',
  gateLostAbout:
    '발급 데이터가 유실되어 쿠폰을 발급할 수 없습니다. 운영자가 데이터 대조에서 복구한 뒤 계속 진행할지 결정해야 합니다.',
  typeName: (name) => `확인을 위해 이벤트 이름을 입력해 주세요: ${name}`,
  waitsForApproval: (who) => `다른 관리자가 승인해야 신청을 받을 수 있습니다. 승인 요청: ${who}`,
  publicPage: '공개 페이지',
};
