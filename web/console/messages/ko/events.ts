import type { ConsoleMessages } from '../en.ts';

export const events: ConsoleMessages['events'] = {
  create: '이벤트 만들기',
  edit: '수정',
  created: (name) => `${name} 이벤트를 만들었습니다.`,
  saved: (name) => `${name} 이벤트를 저장했습니다.`,
  noEvents: '아직 이벤트가 없습니다.',
  troubles: {
    ...{ needsApproval: '승인 필요', gateLost: '게이트 유실' },
    ...{ opensPaused: '일시 중지됨: 열리지 않음', lags: 'MySQL 저장 지연' },
  },
  seeded: '게이트 준비됨',
  opens: '시작',
  issuedOf: (issued, stock) => `${stock}장 중 ${issued}장 발급`,
  actions: {
    ...{ approve: '승인', pause: '일시 중지', resume: '재개', close: '종료' },
    ...{ topUp: '쿠폰 추가', reset: '초기화' },
  },
  willHappen: {
    approve: '지금 상태 그대로 열 수 있게 됩니다. 금액, 수량, 시각을 바꾸면 다시 승인이 필요합니다.',
    pause: '재개할 때까지 신청을 거절합니다. 이미 발급된 쿠폰은 그대로입니다.',
    resume: '바로 신청을 다시 받습니다.',
    close: '이 회차가 완전히 끝납니다. 발급된 쿠폰은 유효하며, 초기화해야 다음 회차가 시작됩니다.',
    topUp: '이 수만큼 수량이 늘고, 소진된 이벤트는 다시 진행됩니다.',
    reset:
      '다음 회차가 발급 0장으로 시작됩니다. 시작 시각이 미래가 아니면 일시 중지 상태입니다. 이번 회차의 쿠폰은 남습니다.',
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
    '선택 사항. 게이트를 잃은 뒤: 아무에게도 약속되지 않은 첫 번호입니다. 그 아래의 빈 번호는 예약됩니다.',
  gateLostAbout:
    'Redis가 게이트를 잃었습니다. 아무도 신청할 수 없고 호출은 503으로 응답합니다. 대조하고 복구한 뒤 계속할지 결정하세요.',
  typeName: (name) => `이벤트 이름을 입력하세요: ${name}`,
  waitsForApproval: (who) => `다른 관리자가 승인할 때까지 아무도 신청할 수 없습니다. 요청한 사람: ${who}.`,
  publicPage: '공개 페이지',
};
