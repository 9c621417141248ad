import type { findings as englishFindings } from '../../../../../core/messages/findings.ts';
import type { SentencesFor } from '../../show.ts';

const places = { redis: 'Redis', outbox: '저장 대기열', mysql: 'MySQL' } as const;

/** Describes one difference between the stores. */
export const findings: SentencesFor<typeof englishFindings> = {
  found_gap: ({ from, to }, { number }) =>
    from === to
      ? `${number(from)}번을 가진 사람이 없습니다.`
      : `${number(from)}~${number(to)}번을 가진 사람이 없습니다.`,
  found_over_issued: ({ issued, stock }, { number }) =>
    `발급 수(${number(issued)})가 수량(${number(stock)}장)보다 많습니다.`,
  found_returned_taken: ({ serial }, { number }) => `반납된 ${number(serial)}번을 누군가 가지고 있습니다.`,
  found_counter_off: ({ issued, highest }, { number }) =>
    `발급 수는 ${number(issued)}인데 가장 큰 번호는 ${number(highest)}번입니다.`,
  found_no_winner: ({ where }) => `${places[where]}에 있지만 Redis 당첨자 목록에는 없습니다.`,
  found_winner_only: () => 'Redis 당첨자 목록에 있지만 MySQL과 저장 대기열에는 없습니다.',
  found_above_stock: ({ serial, stock }, { number }) =>
    `${number(serial)}번은 수량(${number(stock)}장)을 벗어난 번호입니다.`,
  found_serial_shared: ({ serial }, { number }) => `다른 사용자도 ${number(serial)}번을 가지고 있습니다.`,
  found_several_serials: ({ store, serials }, { number }) =>
    `${places[store]}에 한 사용자의 번호가 여러 개입니다: ${serials.map((serial) => `${number(serial)}번`).join(', ')}`,
  found_stores_differ: ({ first, second, serials, times, codes }, { number, time }) => {
    const differences = [
      serials === null ? '' : `번호 ${number(serials[0])}번과 ${number(serials[1])}번`,
      times === null ? '' : `시각 ${momentOf(times[0], time)}과 ${momentOf(times[1], time)}`,
      codes ? '쿠폰 코드' : '',
    ].filter((text) => text !== '');
    return `${places[first]}와(과) ${places[second]}의 내용이 다릅니다: ${differences.join(', ')}`;
  },
  found_reserved_gone: ({ gone, reserved }, { number }) =>
    `예약된 번호(${reserved}) 중 ${number(gone)}개에 있던 쿠폰이 사라졌습니다.`,
  found_vacant_differs: ({ issued, vacant, winners }, { number }) =>
    `발급 수는 ${number(issued)}(빈 번호 ${number(vacant)}개)인데 당첨자는 ${number(winners)}명입니다.`,
  found_numbers_lost: ({ given, lost }, { number }) =>
    `부여한 번호 ${number(given)}개 중 수량을 넘는 ${number(lost)}개가 사라졌습니다.`,
  found_settled_differs: ({ settled, winners }, { number }) =>
    `확정된 발급 수는 ${number(settled)}인데 당첨자는 ${number(winners)}명입니다.`,
  found_numbers_twofold: ({ given, twofold }, { number }) =>
    `부여한 번호 ${number(given)}개 중 ${number(twofold)}개가 두 곳에 기록되어 있습니다.`,
  found_unstored: ({ round, reason }, { number }) =>
    `${number(round)}회차: MySQL에 저장하지 못했고 아직 처리되지 않았습니다(오류 코드: ${reason}).`,
  found_more_unstored: ({ more }, { number }) => `그 밖에 MySQL에 저장하지 못한 쿠폰이 ${number(more)}장 더 있습니다.`,

  found_gate_lost: () => '발급 데이터가 유실되었습니다.',
  found_field_differs: ({ field, row, gate }, { field: label }) =>
    `‘${label(field)}’ 값이 다릅니다. MySQL: ${row}, Redis: ${gate}`,
  found_code_keys_differ: () => '쿠폰 코드를 만드는 키가 다릅니다.',
  found_change_pending: () => 'Redis에 아직 MySQL에 반영되지 않은 변경이 있습니다.',
  found_reset_pending: ({ round, gateRound }, { number }) =>
    `MySQL은 ${number(round)}회차로 초기화되었지만 Redis는 아직 ${number(gateRound)}회차를 진행하고 있습니다. 자동으로 또는 복구할 때 마무리됩니다.`,
  found_unsold: ({ unsold }, { number }) =>
    `종료된 것처럼 Redis에서 정리되었지만 쿠폰 ${number(unsold)}장이 남아 있습니다.`,

  found_leftovers: ({ round, claims }, { number }) =>
    `${number(round)}회차는 Redis에서 정리되었지만 데이터 일부가 남아 있고, 쿠폰 ${number(claims)}장이 저장을 기다리고 있습니다.`,
  found_claims_wait: ({ round, claims, since }, { number, time }) =>
    `${number(round)}회차 쿠폰 ${number(claims)}장이 ${since === null ? '오래전' : time(since)}부터 저장을 기다리고 있습니다.`,
  found_round_differs: ({ round, winners, differing }, { number }) =>
    `${number(round)}회차의 Redis 당첨자 ${number(winners)}명 중 ${number(differing)}명이 MySQL에 없거나 내용이 다릅니다.`,
  found_round_overwritten: ({ round }, { number }) =>
    `다른 프로그램이 ${number(round)}회차의 Redis 데이터를 덮어썼습니다.`,
};

const momentOf = (ms: number, time: (iso: string) => string): string =>
  Number.isFinite(ms) ? `${time(new Date(ms).toISOString())}(${ms % 60_000}ms)` : '알 수 없음';
