import type { ConsoleMessages } from '../en.ts';

export const errors: ConsoleMessages['errors'] = {
  sendAgain: '처리되었는지 확인하지 못했습니다. 다시 시도해도 한 번만 처리됩니다.',
  noDetails: '자세한 설명을 표시할 수 없습니다. 콘솔을 새로 고침해 주세요.',
  invalid: '사용할 수 없는 값입니다.',
  viewFailed: '화면을 표시하지 못했습니다',
  viewFailedAbout: '화면에 문제가 생겼습니다. 변경된 내용은 없으니 새로 고침한 뒤 계속해 주세요.',
  reload: '새로 고침',
  kinds: {
    unreachable: '서버에 연결할 수 없습니다. 인터넷 연결을 확인해 주세요.',
    NOT_FOUND: '찾을 수 없습니다.',
    BAD_REQUEST: '입력한 내용을 확인해 주세요.',
    UNAUTHORIZED: '로그인이 만료되었습니다. 다시 로그인해 주세요.',
    FORBIDDEN: '권한이 없는 작업입니다. 관리자에게 문의해 주세요.',
    CONFLICT: '현재 이벤트 상태에서는 할 수 없는 작업입니다. 새로 고침해 최신 상태를 확인해 주세요.',
    TOO_MANY_REQUESTS: '요청이 많아 처리하지 못했습니다. 잠시 후 다시 시도해 주세요.',
    SERVICE_UNAVAILABLE: '시스템 일부가 응답하지 않습니다. 잠시 후 다시 시도해 주세요.',
    INTERNAL_SERVER_ERROR: '서버에 문제가 생겼습니다. 잠시 후 다시 시도해 주세요.',
  },
};
