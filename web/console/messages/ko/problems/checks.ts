import type { checks as englishChecks } from '../../../../../core/messages/checks.ts';
import type { SentencesFor } from '../../show.ts';

const clockNames = { mysql: 'MySQL', host: 'API 서버', worker: '작업 서버' } as const;
const storeNames = { redis: 'Redis', mysql: 'MySQL', any: '응답하지 않는 저장소' } as const;

/** Describes what a readiness check found, and what an operator can do about it. */
export const checks: SentencesFor<typeof englishChecks> = {
  check_failed: () => '응답하지 않아 확인하지 못했습니다.',
  action_bring_back: ({ store }) => `${storeNames[store]}의 상태를 확인하고 복구해 주세요.`,
  action_repair: ({ eventId }, { event }) => `${event(eventId)} 이벤트를 대조한 뒤 복구해 주세요.`,

  check_closed_since: ({ at }, { time }) => `${time(at)}에 종료되었습니다.`,
  check_closed_by_operator: () => '운영자가 종료했습니다.',
  action_reset: () => '다시 진행하려면 초기화해 다음 회차를 시작해 주세요.',
  check_waits_for_approval: ({ at, askedBy }, { time }) =>
    `${time(at)} 시작 예정이며, 승인 대기 중입니다.${askedBy === null ? '' : ` 승인 요청: ${askedBy} 님`}`,
  action_approve: ({ eventId, version }, { event, number }) =>
    `시작 전에 다른 관리자가 ${event(eventId)} 이벤트(버전 ${number(version)})를 승인해야 합니다.`,
  check_opens_paused: ({ at }, { time }) => `${time(at)} 시작 예정이지만 일시 중지되어 있습니다.`,
  check_paused: () => '일시 중지되어 있습니다.',
  action_resume: ({ eventId }, { event }) => `${event(eventId)} 이벤트를 재개해야 쿠폰이 발급됩니다.`,
  check_opens: ({ at }, { time }) => `${time(at)}에 시작합니다.`,
  check_open_since: ({ at }, { time }) => `${time(at)}에 시작했습니다.`,

  check_no_gate_needed: ({ strategy }) => `${strategy} 방식은 따로 준비할 것이 없습니다.`,
  check_gate_there: () => '발급 데이터가 Redis에 준비되었습니다.',
  check_round_ended: () => '회차가 끝나 Redis에서 정리되었습니다.',
  check_gate_lost: () => '발급 데이터가 유실되었습니다.',
  check_after_approval: () => '승인되면 준비합니다.',
  check_seeds_at: ({ at }, { time }) => `${time(at)}에 준비합니다.`,
  check_seed_overdue: () => '준비할 시각이 지났지만 아직 준비되지 않았습니다.',
  action_see_worker: () => '작업 서버의 상태를 확인해 주세요. 첫 신청 때 자동으로 준비되므로 시작은 늦어지지 않습니다.',
  check_row_decides: ({ strategy }) => `${strategy} 방식은 MySQL에서 발급을 결정합니다.`,
  check_gate_retired: () => '정리되었습니다.',
  check_gate_lost_claims: () => '발급 데이터가 유실되어 신청을 처리할 수 없습니다.',
  check_gate_later: () => '발급을 준비할 때 만들어집니다.',
  check_gate_agrees: () => 'MySQL 설정과 일치합니다.',
  check_gate_unchecked: () =>
    'MySQL 설정과 일치합니다. Redis가 재시작되었거나 주 서버가 바뀌어, 첫 신청 때 발급 내역까지 다시 확인합니다.',

  check_claims_unstored: ({ rounds }, { number }) =>
    `MySQL에 저장하지 못하고 처리되지 않은 쿠폰이 있습니다: ${rounds.map(({ round, claims }) => `${number(round)}회차 ${number(claims)}장`).join(', ')}`,
  action_settle: ({ eventId }, { event }) =>
    `${event(eventId)} 이벤트의 저장 오류 목록을 확인해 쿠폰을 복원하거나 처리 완료로 표시해 주세요.`,
  check_no_claim_waits: () => '저장 대기 중인 쿠폰이 없습니다.',
  check_claims_wait: ({ claims }, { number }) => `쿠폰 ${number(claims)}장이 MySQL 저장을 기다리고 있습니다.`,
  check_worker_alive: () => '정상 동작 중입니다.',
  check_worker_away: () => '작업 서버가 응답하지 않습니다.',
  action_start_worker: () => '작업 서버를 실행해 주세요. 쿠폰은 계속 발급되지만 MySQL 저장이 미뤄집니다.',

  check_redis_hidden: () => 'Redis 설정을 확인할 수 없습니다.',
  action_ask_provider: () =>
    'Redis 제공 업체에 데이터를 매번 디스크에 기록하는지, 임의로 지우지 않는지 확인한 뒤 REDIS_DURABILITY를 설정해 주세요.',
  check_store_weak: ({ weaknesses }) =>
    `저장한 데이터를 잃을 수 있는 설정입니다: ${weaknesses.map(settingOf).join(', ')}`,
  action_durable_redis: () => '데이터를 잃지 않는 Redis로 바꾼 뒤 REDIS_DURABILITY를 설정해 주세요.',
  action_set_redis: () => '실행 중인 Redis와 설정 파일을 모두 고쳐 주세요.',
  action_set_mysql: () => 'MySQL 설정 파일을 고쳐 주세요.',
  check_replicas_few: ({ replicas, wanted }, { number }) =>
    replicas < wanted
      ? `Redis 복제본이 ${number(replicas)}개뿐입니다. 신청마다 복제본 ${number(wanted)}개의 응답을 기다리므로 지금은 발급할 수 없습니다.`
      : `Redis 복제본이 ${number(replicas)}개입니다. 신청마다 복제본 ${number(wanted)}개의 응답을 기다리므로 하나라도 멈추면 발급할 수 없습니다.`,
  action_replicas: () => '복제본을 복구하거나 REDIS_REPLICA_ACKS 값을 낮춰 주세요.',
  check_redis_keeps: ({ attested }) =>
    attested === null
      ? '저장한 데이터를 잃지 않는 설정입니다.'
      : `저장한 데이터를 잃지 않는 것으로 설정되어 있습니다(REDIS_DURABILITY: ${attested}).`,
  check_redis_unwritten: () => 'Redis가 디스크에 기록하지 못했습니다.',
  action_look_at_disk: () => 'Redis 서버의 디스크와 로그를 확인해 주세요.',
  check_memory_unlimited: ({ neededMb }, { number }) =>
    `메모리 제한이 없습니다. 약 ${number(neededMb)}MB가 필요합니다.`,
  check_memory: ({ freeMb, neededMb }, { number }) =>
    `여유 메모리 ${number(freeMb)}MB, 필요한 메모리 약 ${number(neededMb)}MB`,
  action_raise_memory: () => 'Redis의 maxmemory 값을 높여 주세요.',
  check_mysql_keeps: () => '저장한 데이터를 잃지 않는 설정입니다.',
  check_clocks: ({ gaps }, { number }) =>
    `Redis 시계 기준: ${gaps
      .map(({ clock, aheadMs, unsureMs }) => {
        const unsure = unsureMs > 10 ? `(오차 ±${number(unsureMs)}ms)` : '';
        return `${clockNames[clock]} ${number(Math.abs(aheadMs))}ms ${aheadMs < 0 ? '느림' : '빠름'}${unsure}`;
      })
      .join(', ')}`,
  action_ntp: () => '모든 서버에서 시각 동기화(NTP)를 켜 주세요.',
};

/** The server begins its description of each weakness with the name of a setting. Returns that name. */
const settingOf = (weakness: string): string => weakness.split(' ')[0] ?? weakness;
