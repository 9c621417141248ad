import type { refusals as englishRefusals } from '../../../../../core/messages/refusals.ts';
import type { SentencesFor } from '../../show.ts';

const outdated = '콘솔이 최신 버전이 아닐 수 있습니다. 새로 고침한 뒤 다시 시도해 주세요.';

/** Explains why the server refuses a call. */
export const refusals: SentencesFor<typeof englishRefusals> = {
  unknown_procedure: ({ procedure, suggestion }) =>
    `서버에 없는 기능입니다(${procedure}). ${suggestion === null ? '' : `비슷한 기능: ${suggestion}. `}${outdated}`,
  mutation_needs_post: ({ procedure }) => `잘못된 방식으로 요청했습니다(${procedure}). ${outdated}`,
  query_needs_get: ({ procedure }) => `잘못된 방식으로 요청했습니다(${procedure}). ${outdated}`,
  wrong_method: ({ procedure }) => `잘못된 방식으로 요청했습니다(${procedure}). ${outdated}`,
  not_json_type: () => `요청 형식이 올바르지 않습니다. ${outdated}`,
  not_json: () => `요청 형식이 올바르지 않습니다. ${outdated}`,
  input_missing_body: () => `요청에 내용이 없습니다. ${outdated}`,
  input_missing_query: () => `요청에 내용이 없습니다. ${outdated}`,
  input_not_object: () => `요청 형식이 올바르지 않습니다. ${outdated}`,
  invalid_input: () => '입력한 내용을 확인해 주세요.',
  body_too_large: ({ maxKiB }, { number }) =>
    `입력한 내용이 너무 깁니다. 전체 ${number(maxKiB)}KiB 이하로 줄여 주세요.`,
  no_such_path: () => `서버에 없는 주소입니다. ${outdated}`,
  method_not_allowed: ({ allowed }) => `잘못된 방식으로 요청했습니다(사용 가능: ${allowed}). ${outdated}`,
  no_claim: () => '이 이벤트에서 받은 쿠폰이 없습니다.',
  url_too_long: ({ max }, { number }) => `주소가 ${number(max)}자를 넘습니다. 검색 조건을 줄여 주세요.`,
  unreadable_request: () => `서버가 요청을 읽지 못했습니다. ${outdated}`,
  mixed_batch: () => `함께 보낼 수 없는 요청입니다. ${outdated}`,
  nothing_here: ({ paths }) => `서버에 없는 주소입니다. 사용할 수 있는 주소: ${paths.join(', ')}`,
  unexpected: () => '서버에서 예상하지 못한 문제가 발생했습니다. 같은 작업을 다시 시도해 주세요.',

  needs_role: ({ role, holder }, { role: named }) =>
    holder === 'token'
      ? `${named(role)} 권한이 필요한 작업입니다.`
      : `${named(role)} 권한이 있는 API 키로 로그인해야 할 수 있는 작업입니다.`,
  reserved_user: ({ userId }) => `${userId}은(는) API 키용으로 예약된 이름입니다. 다른 사용자 ID를 사용해 주세요.`,
  api_key_no_user: () => 'API 키로는 쿠폰을 받을 수 없습니다. 사용자 계정으로 로그인해 주세요.',

  no_event: ({ eventId }, { event }) => `${event(eventId)} 이벤트를 찾을 수 없습니다.`,
  no_round: ({ eventId, round }, { event, number }) => `${event(eventId)} 이벤트에는 ${number(round)}회차가 없습니다.`,
  no_api_key: ({ id }) => `API 키 ${id}을(를) 찾을 수 없습니다.`,
  no_claim_fault: ({ eventId, id }, { event, number }) =>
    `${event(eventId)} 이벤트에서 저장 오류 ${number(id)}번을 찾을 수 없습니다.`,

  request_id_reused: ({ requestId }) =>
    `다른 작업에 이미 사용한 요청 번호입니다(${requestId}). 창을 닫고 다시 열어 시도해 주세요.`,
  other_version: ({ version, expected }, { number }) =>
    `다른 사람이 이벤트를 먼저 수정했습니다(현재 버전 ${number(version)}, 내 화면 버전 ${number(expected)}). 최신 내용을 확인해 주세요.`,
  changed_meanwhile: () => '다른 사람이 동시에 이벤트를 수정했습니다. 최신 내용을 확인한 뒤 다시 시도해 주세요.',
  closed: ({ eventId, round }, { event, number }) =>
    `${event(eventId)} 이벤트의 ${number(round)}회차는 종료되어 되돌릴 수 없습니다.`,
  closed_meanwhile: () => '그사이 이벤트가 종료되었습니다. 종료된 회차는 되돌릴 수 없습니다.',
  stock_below_issued: ({ stock, issued }, { number }) =>
    `수량을 ${number(stock)}장으로 줄일 수 없습니다. 이미 ${number(issued)}장이 발급되었습니다.`,
  stock_below_counter: ({ issued }, { number }) =>
    `수량을 그만큼 줄일 수 없습니다. 이미 발급되었거나 발급 중인 쿠폰이 ${number(issued)}장입니다.`,
  fixed_once_seeded: ({ field }, { field: label }) =>
    `발급 준비가 끝난 뒤에는 ‘${label(field)}’ 항목을 바꿀 수 없습니다. 이벤트를 새로 만들어 주세요.`,
  line_in_use: ({ order }) =>
    `이미 대기 중인 사람이 있어 대기열 방식(${order})을 바꿀 수 없습니다. 대기열을 끄고 모두 입장한 뒤에 바꿔 주세요.`,
  opening_fixed: () => '이미 시작한 이벤트의 시작 시각은 바꿀 수 없습니다.',
  not_paused: ({ eventId, serial }, { event, number }) =>
    `${event(eventId)} 이벤트가 진행 중이라 번호가 계속 발급될 수 있습니다. 먼저 일시 중지한 뒤 ${number(serial)}번부터 재개해 주세요.`,
  serial_given: ({ eventId, serial, issued }, { event, number }) =>
    `${number(serial)}번부터는 재개할 수 없습니다. ${event(eventId)} 이벤트는 ${number(issued)}번까지 이미 발급되었거나 예약되었습니다. ${number(issued + 1)}번 이상을 입력해 주세요.`,
  serial_above_stock: ({ eventId, serial, stock }, { event, number }) =>
    `${number(serial)}번은 ${event(eventId)} 이벤트의 수량(${number(stock)}장)보다 커서 남는 쿠폰이 없습니다. 먼저 쿠폰을 추가하거나 이벤트를 종료해 주세요.`,
  reserved_too_often: ({ eventId }, { event }) =>
    `${event(eventId)} 이벤트에 예약된 번호 구간이 너무 많습니다. 시작 번호 없이 재개하거나 이벤트를 초기화해 주세요.`,
  counter_differs: ({ issued }, { number }) =>
    `Redis의 발급 수(${number(issued)})가 MySQL과 맞지 않습니다. 먼저 데이터 대조 화면에서 복구한 뒤 재개해 주세요.`,
  gate_behind_rows: ({ eventId, issued, stored }, { event, number }) =>
    `${event(eventId)} 이벤트의 Redis 발급 수는 ${number(issued)}인데 MySQL에는 ${number(stored)}번이 있습니다. 같은 번호가 두 번 발급될 수 있으니 먼저 데이터 대조 화면에서 복구한 뒤 재개해 주세요.`,
  no_gate_to_resume: ({ eventId }, { event }) =>
    `${event(eventId)} 이벤트의 발급 데이터가 Redis에 없어 시작 번호를 바꿀 수 없습니다. 먼저 데이터 대조 화면에서 복구한 뒤 재개해 주세요.`,
  lost_gate_resume: ({ eventId }, { event }) =>
    `${event(eventId)} 이벤트의 발급 데이터가 유실되어 재개할 수 없습니다. 먼저 데이터 대조 화면에서 복구해 주세요. 복구가 끝나면 몇 번부터 재개할지 안내됩니다.`,
  lost_gate_reopen: ({ eventId }, { event }) =>
    `${event(eventId)} 이벤트의 발급 데이터가 유실되었고 이미 발급된 쿠폰이 있을 수 있습니다. 시작 시각을 바꾸거나 승인 대기로 돌릴 수 없습니다. 변경된 내용은 없습니다. 먼저 복구하거나 초기화해 주세요.`,
  lost_gate_stock: ({ eventId }, { event }) =>
    `${event(eventId)} 이벤트의 발급 데이터가 유실되어 발급 수를 알 수 없으므로 수량을 줄일 수 없습니다. 먼저 복구해 주세요. 그 전에도 일시 중지, 종료, 쿠폰 추가는 할 수 있습니다.`,
  reset_not_followed: ({ eventId }, { event }) =>
    `${event(eventId)} 이벤트의 초기화가 아직 다 적용되지 않아 이전 회차에서 쿠폰이 발급될 수 있습니다. 같은 작업을 다시 시도해 주세요.`,
  change_unknown: () =>
    'MySQL에 연결할 수 없어 변경 내용이 저장되었는지 알 수 없습니다. 같은 작업을 다시 시도해 주세요.',

  stock_needs_approval: ({ stock }, { number }) =>
    `수량 ${number(stock)}장은 다른 관리자의 승인이 필요하지만, 진행 중인 이벤트는 승인을 기다릴 수 없어 변경하지 않았습니다. 더 적게 추가하거나 이벤트를 새로 만들어 주세요.`,
  approver_is_key: () => 'API 키로는 이벤트를 승인할 수 없습니다. 본인 계정으로 로그인해 승인해 주세요.',
  closed_unapproved: ({ eventId }, { event }) => `${event(eventId)} 이벤트의 이번 회차는 종료되어 되돌릴 수 없습니다.`,
  no_approval_needed: ({ eventId }, { event }) => `${event(eventId)} 이벤트는 승인 대기 중이 아닙니다.`,
  approver_asked: ({ eventId, approver }, { event }) =>
    `${event(eventId)} 이벤트의 승인은 ${approver} 님이 요청했습니다. 다른 관리자가 승인해야 합니다.`,
  approver_changed_event: ({ eventId, approver }, { event }) =>
    `${event(eventId)} 이벤트는 ${approver} 님이 직접 또는 API 키로 만들거나 수정했습니다. 관여하지 않은 다른 관리자가 승인해야 합니다.`,
  opening_passed: ({ eventId, opensAt }, { event, time }) =>
    `${event(eventId)} 이벤트의 시작 시각(${time(opensAt)})이 지났습니다. 시작 시각을 다시 정한 뒤 승인해 주세요.`,
  approval_pending: ({ eventId }, { event }) =>
    `${event(eventId)} 이벤트는 승인 대기 중입니다. 승인되면 발급을 준비합니다.`,

  key_made_before: ({ requestId, id }) =>
    `이미 API 키(${id})를 만든 요청입니다(${requestId}). 키는 한 번만 표시됩니다. 받은 사람이 없다면 이 키를 폐기하고 새로 만들어 주세요.`,
  too_many_keys: ({ max }, { number }) =>
    `API 키는 최대 ${number(max)}개까지 만들 수 있습니다. 쓰지 않는 키를 폐기해 주세요.`,
  key_name_taken: ({ name }) =>
    `‘${name}’ 이름의 API 키가 이미 있습니다. 다른 이름을 쓰거나 기존 키를 먼저 폐기해 주세요.`,

  claim_blocked: ({ eventId, serial }, { event, number }) =>
    `쿠폰은 MySQL에 있지만 ${event(eventId)} 이벤트의 Redis에 ${number(serial)}번을 되돌릴 수 없습니다. 데이터 대조 화면에서 원인을 확인해 주세요.`,
  claim_before_gate: ({ eventId, round }, { event, number }) =>
    `${event(eventId)} 이벤트의 ${number(round)}회차는 아직 발급을 시작하지 않아 쿠폰을 받은 사람이 없습니다.`,
  claim_above_stock: ({ eventId, serial, stock }, { event, number }) =>
    `${number(serial)}번은 ${event(eventId)} 이벤트의 수량(${number(stock)}장)보다 큽니다. 먼저 수량을 ${number(serial)}장까지 늘려 주세요.`,
  claim_needs_pause: ({ eventId, serial }, { event, number }) =>
    `${event(eventId)} 이벤트에서 ${number(serial)}번은 아직 발급되지 않은 번호라 새 신청자가 받을 수 있습니다. 이벤트를 일시 중지하고 쿠폰을 복원한 뒤 재개해 주세요.`,
};
