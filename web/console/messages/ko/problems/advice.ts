import type { advice as englishAdvice } from '../../../../../core/messages/advice.ts';
import type { SentencesFor } from '../../show.ts';
import { driftNames } from '../drift-names.ts';

const askWinners =
  'MySQL에 저장되기 전에 발급된 쿠폰이 유실되었을 수 있으며, 몇 장인지 알 수 없습니다. 받았다고 문의하는 사용자에게 번호와 쿠폰 코드를 받아 ‘진위 확인’으로 확인해 주세요.';
const restore = '진짜 코드를 제시하는 사용자에게는 쿠폰을 복원해 주세요.';

/** Describes what a repair did to an event, and what is left for an operator to decide. */
export const advice: SentencesFor<typeof englishAdvice> = {
  advise_repair: ({ kind, eventId }, { event }) =>
    `‘${driftNames[kind as keyof typeof driftNames] ?? kind}’ 문제는 복구로 고칠 수 있습니다. ${event(eventId)} 이벤트를 복구해 주세요.`,
  advise_missing_in_db: () =>
    'MySQL이 저장을 거부한 쿠폰이 있습니다. 저장 오류 목록에서 원인을 확인하고, 번호나 사용자가 겹치는 행을 삭제하거나 수량을 늘린 뒤 다시 복구해 주세요. 저장하지 않기로 했다면 처리 완료로 표시해 주세요.',
  advise_missing_in_redis: () =>
    '번호가 이미 쓰였거나 발급 수보다 커서 당첨자로 되돌릴 수 없는 사용자가 있습니다. 누가 번호를 가질지 정하고 나머지 기록을 삭제한 뒤 다시 복구해 주세요.',
  advise_counter_drift: () =>
    `발급 수가 확인된 쿠폰보다 많습니다. 그 사이 번호는 이미 약속되었을 수 있어 다른 사람에게 주지 않습니다. ${restore} 그런 사용자가 없다면 그대로 두세요.`,
  advise_serial_gap: () =>
    `아무 기록이 없지만 이미 약속되었을 수 있는 번호가 있습니다. 다른 사람에게 주지 않습니다. ${restore} 그런 사용자가 없다면 빈 번호로 두고, 계획한 수만큼 나눠 주려면 쿠폰을 추가해 주세요.`,
  advise_over_stock: () =>
    '수량을 벗어난 번호가 있습니다. 인정하려면 수량을 가장 큰 번호까지 늘리고, 아니라면 해당 쿠폰을 회수해 주세요.',
  advise_duplicate_user: () =>
    '번호를 두 개 이상 받은 사용자가 있습니다. 어느 번호를 인정할지 정하고 나머지를 회수해 주세요.',
  advise_conflict: () =>
    '같은 쿠폰에 대해 두 저장소의 내용이 다릅니다. 통계는 MySQL을, 사용자가 받은 결과는 Redis를 따릅니다. 어느 쪽이 맞는지 정해 다른 쪽을 고친 뒤 다시 복구해 주세요.',
  advise_stale_round: () =>
    '이전 회차의 데이터 일부를 MySQL로 옮기지 못했습니다. 저장 오류 목록을 확인해 주세요. MySQL과 내용이 다른 당첨자는 어느 쪽이 맞는지 정해 고칠 때까지 Redis에 남습니다.',
  advise_config_drift: () =>
    'Redis와 MySQL의 이벤트 설정을 자동으로 맞출 수 없습니다. 종료된 회차를 다시 열거나 수량을 발급 수보다 줄일 수 없기 때문입니다. 이벤트 설정을 Redis에 맞게 고치거나 이벤트를 종료해 주세요.',

  advise_gate_lost: ({ eventId }, { event }) =>
    `${event(eventId)} 이벤트의 발급 데이터가 유실되어 발급이 중단되었습니다. 최신 Redis 백업 파일(AOF)이 남아 있고 그 뒤로 발급된 것이 없다면 파일을 되돌려 주세요. 아무것도 잃지 않습니다. 그렇지 않다면 복구해 주세요. MySQL과 Redis에 남은 데이터로 다시 만들고, 유실되었을 수 있는 것을 알려 드립니다.`,
  advise_gate_still_lost: () =>
    '발급 데이터를 복구하지 못해 발급이 중단된 상태입니다. 위의 다른 문제를 먼저 해결한 뒤 다시 복구해 주세요.',
  advise_closed: ({ eventId }, { event }) =>
    `${event(eventId)} 이벤트는 종료되었고 발급 데이터가 유실되었습니다. ${askWinners} 진짜라면 쿠폰을 복원해 주세요.`,
  advise_paused: ({ eventId }, { event }) =>
    `발급 기록이 완전하지 않아 ${event(eventId)} 이벤트를 일시 중지했습니다. ${askWinners} 그런 다음 아래에서 선택해 주세요.`,
  advise_resume_above: ({ eventId, next }, { event, number }) =>
    `약속되었을 수 있는 번호를 모두 건너뛰고 ${event(eventId)} 이벤트를 재개: 시작 번호를 입력하면 ${number(next)}번부터 그 앞 번호까지 예약되고, 증명한 사용자에게 복원해 줄 수 있습니다.`,
  advise_resume: ({ eventId, next }, { event, number }) =>
    `남은 쿠폰을 그대로 이어서 발급: 시작 번호 없이 ${event(eventId)} 이벤트를 재개하면 ${number(next)}번부터 발급됩니다.`,
  advise_close: ({ eventId }, { event }) =>
    `더 발급하지 않기: ${event(eventId)} 이벤트를 종료합니다. 종료한 뒤에도 쿠폰을 복원할 수 있습니다.`,
  advise_unfinished: ({ eventId, actor, begunAt, done }, { event, time }) =>
    `${actor} 님이 ${time(begunAt)}에 시작한 ${event(eventId)} 이벤트 복구가 끝나지 않았습니다. ` +
    (done
      ? '이번 복구에서 모두 다시 확인하고 남은 부분을 마쳤습니다.'
      : '다시 복구해 주세요. 이전 복구가 아직 진행 중이어도 안전합니다.'),
  advise_reserved: ({ count, eventId }, { event, number }) =>
    `${event(eventId)} 이벤트의 번호 ${number(count)}개는 받았음을 증명하는 사용자를 위해 운영자가 예약해 두었습니다. 다른 사람에게 주지 않습니다. ${restore}`,
  advise_open_faults: ({ eventId }, { event }) =>
    `${event(eventId)} 이벤트에 MySQL에 저장하지 못하고 처리되지 않은 쿠폰이 있습니다. 저장 오류 목록을 확인해 쿠폰을 복원하거나 이유를 남기고 처리 완료로 표시해 주세요.`,
  advise_settled: ({ count, eventId }, { event, number }) =>
    `${event(eventId)} 이벤트의 당첨자 ${number(count)}명은 운영자가 MySQL에 저장하지 않기로 했습니다. 이유는 저장 오류 목록에 있습니다.`,
};
