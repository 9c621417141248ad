import type { ConsoleMessages } from '../en.ts';

export const errors: ConsoleMessages['errors'] = {
  sendAgain: '결과를 알 수 없습니다. 같은 요청을 다시 보내도 한 번만 처리됩니다.',
  noDetails: '자세한 설명을 표시할 수 없습니다. 콘솔을 새로 고침해 주세요.',
  invalid: '사용할 수 없는 값입니다.',
  viewFailed: '화면을 표시하지 못했습니다',
  viewFailedAbout: '브라우저에서 문제가 발생했습니다. 변경된 내용은 없습니다. 새로 고침한 뒤 계속해 주세요.',
  reload: '새로 고침',
  kinds: {
    unreachable: '서버에 연결할 수 없습니다.',
    NOT_FOUND: '존재하지 않습니다.',
    BAD_REQUEST: '서버가 입력 내용을 받아들이지 않았습니다.',
    UNAUTHORIZED: '로그인이 만료되었습니다. 다시 로그인해 주세요.',
    FORBIDDEN: '현재 역할로는 할 수 없는 작업입니다.',
    CONFLICT: '이벤트의 현재 상태에서는 할 수 없습니다. 최신 내용을 불러와 주세요.',
    TOO_MANY_REQUESTS: '지금은 요청이 많아 처리하지 못했습니다.',
    SERVICE_UNAVAILABLE: '시스템 일부가 응답하지 않습니다.',
    INTERNAL_SERVER_ERROR: '서버에서 문제가 발생했습니다.',
  },
};
