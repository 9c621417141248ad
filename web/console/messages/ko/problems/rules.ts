import type { rules as englishRules } from '../../../../../core/messages/rules.ts';
import type { SentencesFor } from '../../show.ts';

/** Explains what is wrong with a field. The form shows the sentence below the field. */
export const rules: SentencesFor<typeof englishRules> = {
  text: () => '글자로 입력해 주세요.',
  text_length: ({ min, max }, { number }) =>
    min === 0
      ? `최대 ${number(max)}자까지 입력할 수 있습니다.`
      : `${number(min)}자 이상 ${number(max)}자 이하로 입력해 주세요.`,
  too_long: ({ max }, { number }) => `최대 ${number(max)}자까지 입력할 수 있습니다.`,
  blank: () => '내용을 입력해 주세요.',
  half_character: () => '깨진 글자가 있습니다. 지우고 다시 입력해 주세요.',
  control_characters: () => '보이지 않는 특수 문자가 있습니다. 지우고 다시 입력해 주세요.',
  nul_characters: () => '사용할 수 없는 특수 문자가 있습니다. 지우고 다시 입력해 주세요.',
  whole_number: ({ max }, { number }) => `1부터 ${number(max)}까지의 정수를 입력해 주세요.`,
  line_needs_strategy: ({ strategies }) => `대기열은 ${strategies.join(', ')} 방식의 이벤트에서만 사용할 수 있습니다.`,
  whole_between: ({ min, max }, { number }) => `${number(min)}부터 ${number(max)}까지의 정수를 입력해 주세요.`,
  whole_from_0: ({ max }, { number }) => `0부터 ${number(max)}까지의 정수를 입력해 주세요.`,
  whole_seconds: () => '1초 이상을 초 단위 정수로 입력해 주세요.',
  true_or_false: () => '예 또는 아니요 중에서 선택해 주세요.',
  one_of: ({ allowed }) => `다음 중에서 선택해 주세요: ${allowed.join(', ')}`,
  not_offered: ({ allowed, strategy }) =>
    `${strategy} 방식은 이 시스템에서 사용할 수 없습니다. 다음 중에서 선택해 주세요: ${allowed.join(', ')}`,
  event_id: () => '이벤트 ID는 영문, 숫자, _, -로 64자까지 입력할 수 있습니다.',
  printable_id: () => '공백 없이 영문, 숫자, 기호로 128자까지 입력할 수 있습니다.',
  key_name: () => '영문이나 숫자로 시작해 주세요. 영문, 숫자, 마침표(.), _, -로 64자까지 입력할 수 있습니다.',
  key_id: () => 'API 키 목록에 있는 ID를 입력해 주세요.',
  audit_action: () => '올바른 작업 코드가 아닙니다. 예: event.pause',
  cursor: () => '목록의 위치 정보가 올바르지 않습니다. 목록을 처음부터 다시 불러와 주세요.',
  code: () => '쿠폰 코드는 영문과 숫자 16자입니다. 예: W45C-J29D-N8GV-9WM9',
  currency: ({ suggestions }) =>
    suggestions.length === 0
      ? '사용할 수 없는 통화 코드입니다. KRW처럼 세 글자로 입력해 주세요.'
      : `사용할 수 없는 통화 코드입니다. 혹시 ${suggestions.join(', ')}인가요?`,
  body_object: () => '요청 형식이 올바르지 않습니다.',
  body_event_id: () => '요청에 이벤트 ID가 없습니다.',
  body_empty: () => '요청에 불필요한 내용이 있습니다.',
  given_in_path: () => '이미 지정된 값입니다.',
  given_twice: () => '같은 값이 두 번 지정되었습니다.',
  other_idempotency_key: () => '요청 번호가 서로 다릅니다. 다시 시도해 주세요.',
  invalid_field: () => '사용할 수 없는 값입니다.',
  unknown_field: () => '사용하지 않는 항목입니다.',
  reason_to_settle: () => '처리 사유를 입력해 주세요.',

  event_name: () => '이벤트 이름을 입력해 주세요.',
  other_event_name: () => '이벤트 이름과 다릅니다.',
  open_cut: ({ from, to, issued }, { number }) =>
    `진행 중인 이벤트의 수량을 ${number(from)}장에서 ${number(to)}장으로 줄이려면 이벤트 이름을 입력해 주세요. 이미 ${number(issued)}장이 발급되었습니다.` +
    (to <= issued ? ' 줄이면 더는 아무도 쿠폰을 받을 수 없습니다.' : ''),
  stock_above_max: ({ stock, max }, { number }) =>
    `추가하면 총수량이 ${number(stock)}장이 됩니다. 최대 ${number(max)}장까지 가능합니다.`,

  theme: () => '페이지 디자인 설정이 올바르지 않습니다.',
  theme_entries: ({ allowed, given }) =>
    `사용할 수 없는 디자인 항목입니다: ${given.filter((name) => !allowed.includes(name)).join(', ')}. 사용할 수 있는 항목: ${allowed.join(', ')}`,
  colour: () => '색상을 #d6291e 형식으로 입력해 주세요.',
  url: () => 'https://로 시작하는 주소를 입력해 주세요.',
  url_length: ({ max }, { number }) => `주소는 최대 ${number(max)}자까지 입력할 수 있습니다.`,
  url_characters: () => '주소에 공백, 역슬래시(\\), 보이지 않는 문자를 넣을 수 없습니다.',
  url_password: () => '주소에 아이디나 비밀번호를 넣을 수 없습니다.',
  url_not_https: () => 'https://로 시작하는 주소만 사용할 수 있습니다.',

  time: () => '날짜와 시각을 입력해 주세요.',
  time_offset: () => '어느 시간대의 시각인지 알 수 없습니다. 시간대를 선택해 주세요.',
  time_zone: () => 'Asia/Seoul과 같은 시간대를 선택해 주세요.',
  time_zone_unread: ({ timeZone }) => `${timeZone}은(는) 없는 시간대입니다. 시간대를 먼저 확인해 주세요.`,
  time_not_real: () => '존재하지 않는 날짜나 시각입니다.',
  time_twice: ({ timeZone, offsets: [first, second] }) =>
    `${timeZone}에서는 시계 변경으로 이 시각이 두 번 있습니다. ${first}와 ${second} 중 하나를 선택해 주세요.`,
  time_skipped: ({ timeZone }) =>
    `${timeZone}에서는 시계 변경으로 이 시각이 존재하지 않습니다. 다른 시각을 입력해 주세요.`,
  time_too_late: () => '9999년까지만 입력할 수 있습니다.',
  time_ahead: () => '현재 시각 이후로 입력해 주세요.',
  time_too_far: ({ days }, { number }) =>
    `최대 ${number(days)}일 뒤까지 지정할 수 있습니다. 더 길게 쓰려면 만료 없음을 선택해 주세요.`,
  time_past: ({ now }, { time }) => `이미 지난 시각입니다. 현재 시각은 ${time(now)}입니다.`,
  needed_with: ({ field }, { field: label }) => `${label(field)}와(과) 함께 입력하거나, 둘 다 비워 주세요.`,
  time_after: ({ field }, { field: label }) => `${label(field)} 이후로 입력해 주세요.`,
  held_time_after: ({ field, held }, { field: label, time }) =>
    `${label(field)} 이후여야 합니다. 현재 ${time(held)}(으)로 설정되어 있으니 먼저 더 늦은 시각으로 바꿔 주세요.`,
};
