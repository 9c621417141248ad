import type { outages as englishOutages } from '../../../../../core/messages/outages.ts';
import type { SentencesFor } from '../../show.ts';

const soon = '잠시 후 다시 시도해 주세요.';
const unaffected = `처리된 것은 없습니다. ${soon}`;
const safe = '다시 시도해도 한 번만 처리됩니다.';

/** Explains why the server could not decide or answer a call now. */
export const outages: SentencesFor<typeof englishOutages> = {
  event_coming_back: ({ eventId }, { event }) =>
    `${event(eventId)} 이벤트의 발급 데이터를 Redis에 다시 만들고 있습니다. ${soon}`,
  lost_part_restore: ({ eventId }, { event }) =>
    `Redis에서 ${event(eventId)} 이벤트의 데이터 일부가 유실되었습니다. 데이터 대조 화면에서 복구한 뒤 쿠폰을 복원해 주세요.`,
  changed_during_restore: ({ eventId }, { event }) =>
    `그사이 ${event(eventId)} 이벤트가 변경되었거나 초기화되었거나 보관되었습니다. ${safe}`,
  maker_gone: () => '로그인한 API 키가 MySQL에 없어 새 키를 만들지 않았습니다.',
  api_keys_unreachable: () =>
    `MySQL에 연결할 수 없어 API 키를 조회하거나 변경할 수 없습니다. ${soon} 키가 두 번 만들어지지는 않습니다.`,
  figures_unreachable: () => `MySQL에 연결할 수 없어 지표를 불러올 수 없습니다. ${soon}`,
  claim_faults_unreachable: () => `MySQL에 연결할 수 없어 저장 오류를 불러올 수 없습니다. ${soon} ${safe}`,
  not_a_code: () => '올바른 쿠폰 코드가 아닙니다.',
  audit_trail_unreachable: () => `MySQL에 연결할 수 없어 감사 기록을 불러올 수 없습니다. ${soon}`,
  not_a_cursor: () => '목록을 이어서 불러올 수 없습니다. 처음부터 다시 불러와 주세요.',
  events_unreachable: () => `MySQL에 연결할 수 없습니다. ${soon} ${safe}`,
  claims_unreachable: () => `MySQL에 연결할 수 없어 발급 내역을 불러올 수 없습니다. ${soon}`,
  gate_just_changed: ({ eventId }, { event }) => `${event(eventId)} 이벤트가 방금 변경되었습니다. 다시 시도해 주세요.`,
  redis_unreachable: () => `Redis에 연결할 수 없습니다. ${soon}`,
  redis_restarted_reading: () => '당첨자를 읽는 중에 Redis가 재시작되어 일부가 빠졌을 수 있습니다. 다시 시도해 주세요.',
  gate_damaged: ({ eventId, key }, { event }) =>
    `${event(eventId)} 이벤트의 발급 데이터가 손상되어 발급이 중단되었습니다. 다른 프로그램이 Redis의 ${key} 키를 덮어썼습니다.`,
  gate_newer: ({ eventId }, { event }) =>
    `${event(eventId)} 이벤트의 데이터가 이 서버보다 새로운 버전이라 이 서버에서는 발급할 수 없습니다. 유실된 것은 없습니다. 서버를 업데이트하고, 그 전에는 복구하거나 초기화하지 마세요.`,
  listing_unreachable: () => `MySQL에 연결할 수 없어 이벤트 목록을 불러올 수 없습니다. ${soon}`,
  event_unreadable: ({ eventId }, { event }) => `지금은 ${event(eventId)} 이벤트를 불러올 수 없습니다. ${soon}`,
  sessions_taken: () => `동시에 처리할 수 있는 신청 수를 넘었습니다. ${unaffected}`,
  mysql_silent: () => `MySQL이 응답하지 않습니다. ${unaffected}`,
  stopping: () => `서버가 종료되는 중입니다. ${unaffected}`,
  mysql_unreachable: () => `MySQL이 응답하지 않습니다. ${soon}`,
  rows_contended: () => '같은 데이터를 다른 작업이 변경하고 있습니다. 다시 시도해 주세요.',
  redis_away_unchanged: () => `Redis에 연결할 수 없습니다. 발급 준비가 끝난 이벤트라 변경하지 않았습니다. ${soon}`,
  gate_change_unknown: () =>
    `Redis가 응답하지 않아 변경되었는지 알 수 없습니다. 같은 작업을 다시 시도해 주세요. ${safe}`,
  own_claims_unreachable: () => `MySQL에 연결할 수 없어 내 쿠폰을 불러올 수 없습니다. ${soon}`,
  claim_unknown: () => `제시간에 응답을 받지 못했습니다. 쿠폰이 발급되었을 수 있습니다. ${safe}`,
  own_claim_unknown: () => `지금은 쿠폰을 받았는지 확인할 수 없습니다. ${soon}`,
  claim_not_stored: () => `MySQL에 저장하지 못해 쿠폰이 발급되지 않았습니다. ${soon}`,
  no_time_to_store: () => `저장할 시간이 부족했습니다. ${unaffected}`,
  redis_silent: () => `Redis가 응답하지 않습니다. ${unaffected}`,
  winners_unstorable: () => `MySQL이 응답하지 않아 쿠폰을 저장할 수 없습니다. ${unaffected}`,
  last_units_unsettled: () => `마지막 남은 쿠폰을 다른 분들이 받는 중입니다. ${soon}`,
  stored_not_recorded: () => `쿠폰은 저장되었지만 Redis에 기록하지 못했습니다. ${safe}`,
  claims_queued: ({ eventId }, { event }) => `${event(eventId)} 이벤트에 신청이 몰리고 있습니다. ${unaffected}`,
  redis_away: () => `Redis에 연결할 수 없습니다. ${unaffected}`,
  redis_late: () => `Redis가 제시간에 응답하지 않았습니다. ${unaffected}`,
  lock_overwritten: ({ eventId, key }, { event }) =>
    `다른 프로그램이 Redis의 ${key} 키를 덮어써 ${event(eventId)} 이벤트의 발급이 중단되었습니다. 이 키를 삭제한 뒤 다시 시도해 주세요.`,
  others_quicker: ({ attempts }, { number }) =>
    `${number(attempts)}번 시도했지만 다른 신청이 먼저 처리되었습니다. ${unaffected}`,
  lock_expired: () => `처리 시간이 초과되었습니다. ${unaffected}`,
  claims_before_stuck: () => `앞선 신청의 처리가 늦어지고 있습니다. ${unaffected}`,
  strategy_unreadable: ({ eventId }, { event }) =>
    `${event(eventId)} 이벤트의 발급 방식을 읽을 수 없습니다. ${unaffected}`,
  strategy_off: ({ strategy }) => `이 서버에서는 ${strategy} 발급 방식이 꺼져 있습니다. ${unaffected}`,
  strategy_unknown_here: () => `이 서버가 지원하지 않는 발급 방식의 이벤트입니다. ${unaffected}`,
  strategy_changing: ({ eventId }, { event }) =>
    `${event(eventId)} 이벤트의 발급 방식이 변경되고 있습니다. ${unaffected}`,
  other_round: ({ eventId, current, round }, { event, number }) =>
    `${event(eventId)} 이벤트는 현재 ${number(current)}회차이며, 요청한 ${number(round)}회차가 아닙니다.`,
  no_gate_yet: ({ eventId }, { event }) => `${event(eventId)} 이벤트는 아직 발급 준비 전입니다.`,
  round_unreadable: ({ eventId }, { event }) =>
    `Redis가 응답하지 않아 ${event(eventId)} 이벤트를 불러올 수 없습니다. ${soon}`,
  gate_unchecked: ({ eventId }, { event }) =>
    `지금은 ${event(eventId)} 이벤트의 발급 데이터를 확인할 수 없습니다. ${soon}`,
  event_changing: ({ eventId }, { event }) => `${event(eventId)} 이벤트가 변경되고 있습니다. ${unaffected}`,
  replicas_short: ({ acked, wanted }, { number }) =>
    `Redis 복제본 ${number(wanted)}개 중 ${number(acked)}개만 제시간에 응답해 결과를 알 수 없습니다. ${safe}`,
  redis_outdated: () =>
    '이 Redis는 다른 서버로 교체되어 더 이상 발급하지 않습니다. REDIS_URL이 가리키는 서버를 확인한 뒤 프로세스를 다시 시작해 주세요.',
  newcomer_unchecked: () =>
    `방금 시작한 서버가 MySQL에 연결할 수 없어 Redis의 상태를 확인하지 못했습니다. ${unaffected}`,
  over_limit: ({ limit }) =>
    `${limit === 'address' ? '이 주소에서 보낸 요청이' : '요청이'} 너무 많습니다. ${unaffected}`,
  redis_replaced: () =>
    '다른 Redis 복제본이 주 서버로 승격되어 이 Redis에서는 발급하지 않습니다. 다시 이 Redis로 발급하려면 서버를 재시작해 주세요.',
  redis_failed_over: () => `Redis 주 서버가 교체되어 쿠폰이 발급되었는지 알 수 없습니다. ${safe}`,
  promises_awaited: ({ eventId }, { event }) =>
    `Redis가 재시작되었거나 주 서버가 교체되었습니다. 서버마다 발급 내역을 확인하면 ${event(eventId)} 이벤트가 다시 진행됩니다. ${soon}`,
  redis_failing_over: () => `Redis 주 서버를 교체하고 있습니다. ${unaffected}`,
  claim_unanswered: () => `Redis가 제시간에 응답하지 않았습니다. 쿠폰이 발급되었을 수 있습니다. ${safe}`,
  round_unreachable: () => `MySQL에 연결할 수 없어 이 회차를 불러올 수 없습니다. ${soon}`,
  seed_redis_away: ({ eventId }, { event }) =>
    `Redis에 연결할 수 없어 ${event(eventId)} 이벤트의 발급을 준비하지 못했습니다. ${soon}`,
  being_changed: ({ eventId }, { event }) => `${event(eventId)} 이벤트를 변경하고 있습니다. ${soon}`,
  being_seeded: ({ eventId }, { event }) => `다른 서버가 ${event(eventId)} 이벤트의 발급을 준비하고 있습니다. ${soon}`,
  queue_full: ({ max }, { number }) => `대기 중인 신청이 ${number(max)}건을 넘었습니다. ${soon}`,
  line_unknown: () => `대기열에서 제시간에 응답을 받지 못했습니다. 순서는 그대로 유지됩니다. ${soon}`,
  line_lost: ({ eventId }, { event }) =>
    `${event(eventId)} 이벤트의 대기열 데이터 일부가 Redis에서 유실되어 발급이 중단되었습니다. 대기열을 끄면(line: off) 다시 발급할 수 있고, 다시 켜면 빈 대기열로 시작합니다.`,
  gate_lost: ({ eventId }, { event }) =>
    `${event(eventId)} 이벤트의 발급 데이터가 Redis에서 유실되어 발급이 중단되었습니다. 운영자가 복구할 때까지 쿠폰이 발급되지 않습니다.`,
  resume_without_serial: ({ eventId, strategy }, { event }) =>
    `${event(eventId)} 이벤트의 발급 방식(${strategy})에서는 쿠폰을 먼저 저장하므로 건너뛸 번호가 없습니다. 시작 번호 없이 재개해 주세요.`,
  token_needs_user: () => '토큰에 사용자 ID가 필요합니다.',
  api_key_unchecked: () => `MySQL에 연결할 수 없어 API 키를 확인할 수 없습니다. 키는 그대로 두고 ${soon}`,
  claim_unexplained: ({ eventId, round, serial }, { event, number }) =>
    `${event(eventId)} 이벤트 ${number(round)}회차의 ${number(serial)}번 쿠폰이 MySQL에 저장되지 않았습니다. 다시 시도해 주세요.`,
  strategy_changing_seed: ({ eventId }, { event }) =>
    `${event(eventId)} 이벤트의 발급 방식이 변경되고 있어 발급을 준비하지 못했습니다. ${soon}`,
  not_rebuilt: ({ eventId }, { event }) =>
    `${event(eventId)} 이벤트를 Redis에 다시 만들지 못했습니다. 그사이 당첨자가 바뀌었거나 MySQL과 다릅니다. 자동으로 다시 시도합니다.`,
  claims_unread: () => 'Redis에서 발급 내역을 읽지 못했습니다. 다시 시도해 주세요.',
  strategy_mismatch: ({ eventId, actual, asked }, { event }) =>
    `${event(eventId)} 이벤트의 발급 방식은 ${actual}이며, 요청한 ${asked} 방식으로는 처리할 수 없습니다. 처리된 것은 없습니다.`,
  lookups_refused: ({ eventId }, { event }) =>
    `존재하지 않는 이벤트를 조회하는 요청이 너무 많아 ${event(eventId)} 이벤트를 조회하지 않았습니다. ${soon}`,
  signer_unknown: () => `사내 로그인 시스템에 연결할 수 없어 로그인을 확인하지 못했습니다. 토큰은 그대로 두고 ${soon}`,
  caller_left: () => '연결이 끊겼습니다.',
  api_stopping: () =>
    '서버가 종료되어 작업을 끝내지 못했습니다. 완료된 부분은 그대로 남아 있습니다. 다시 시도하면 이어서 처리합니다.',
  maker_revoked: () => '로그인한 API 키가 폐기되었습니다. 관리자 계정으로 로그인해 키를 만들어 주세요.',
  child_role: ({ role, makerRole }, { role: named }) =>
    `${named(makerRole)} 권한의 API 키로는 ${named(role)} 권한의 키를 만들 수 없습니다. 관리자 계정으로 로그인해 만들어 주세요.`,
  child_endless: () => 'API 키로는 만료되지 않는 키를 만들 수 없습니다. 관리자 계정으로 로그인해 만들어 주세요.',
  child_outlives: ({ expiresAt }, { time }) =>
    `현재 API 키(${time(expiresAt)} 만료)보다 오래 쓸 수 있는 키는 만들 수 없습니다. 관리자 계정으로 로그인해 만들어 주세요.`,
  not_reconciled: ({ eventId }, { event }) =>
    `저장소가 응답하지 않아 ${event(eventId)} 이벤트를 대조하지 못했습니다. 변경된 내용은 없습니다. 다시 시도해 주세요.`,
  not_repaired: ({ eventId }, { event }) =>
    `저장소가 응답하지 않아 ${event(eventId)} 이벤트의 복구를 끝내지 못했습니다. 이미 복구된 부분은 그대로 남아 있습니다. 다시 복구해 주세요.`,
};
