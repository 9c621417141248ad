import type { ConsoleMessages } from '../en.ts';

export const shell: ConsoleMessages['shell'] = {
  title: '콘솔',
  toMain: '본문으로 건너뛰기',
  language: '언어',
  nav: {
    ...{ label: '콘솔', toggle: '메뉴' },
    ...{
      events: '이벤트',
      approvals: '승인 대기',
      people: '고객 조회',
      keys: 'API 키',
      audit: '감사 기록',
      exports: '내보내기',
      queues: '작업 대기열',
    },
  },
  signedInAs: (name, role) => `${name} (${role})`,
  scheme: '화면 모드',
  schemes: { auto: '시스템 설정', light: '밝게', dark: '어둡게' },
  leave: {
    title: '이 화면을 나가시겠습니까?',
    about: '입력한 내용이 사라집니다.',
    stay: '계속 작성',
    leave: '나가기',
  },
  system: {
    degraded: '일부 이상',
    degradedAbout: '쿠폰은 계속 발급되지만, 확인이 필요한 부분이 있습니다.',
    down: '발급 불가',
    downAbout: '지금은 쿠폰을 발급할 수 없습니다.',
    checks: {
      ...{ redis: 'Redis', topology: 'Redis 서버 구성', durability: 'Redis 저장 설정', replicas: 'Redis 복제본' },
      ...{ mysql: 'MySQL', worker: '작업 서버', outbox: 'MySQL 저장 대기', lost_gates: '유실된 발급 데이터' },
      ...{ set_aside: 'MySQL에 저장하지 못한 신청', clocks: '서버 시계', process: '이 서버', health: '상태 점검' },
    },
  },
  roles: { viewer: '조회자', operator: '운영자', admin: '관리자' },
  signOut: '로그아웃',
  signIn: {
    title: '로그인',
    about:
      '관리 권한이 있는 토큰이나 API 키를 붙여 넣어 주세요. 이 탭에서만 유지되며, 로그아웃하거나 탭을 닫으면 지워집니다.',
    elsewhere: '사내 로그인으로 토큰 받기',
    token: '토큰 또는 API 키',
    show: '토큰 보기/숨기기',
    action: '로그인',
    refused: '토큰이 올바르지 않거나 만료되었습니다.',
    noRole: '콘솔 권한이 없는 토큰입니다. 조회자, 운영자, 관리자 중 하나의 역할이 필요합니다.',
    expired: '로그인이 만료되었습니다. 다시 로그인해 주세요. 입력한 내용은 그대로 남아 있습니다.',
  },
  forOperators: '운영자나 관리자만 사용할 수 있습니다.',
};
