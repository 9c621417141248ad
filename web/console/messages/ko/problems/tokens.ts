import type { tokens as englishTokens } from '../../../../../core/messages/tokens.ts';
import type { SentencesFor } from '../../show.ts';

/** Explains why the server refuses a token or an API key. */
export const tokens: SentencesFor<typeof englishTokens> = {
  token_missing: ({ header }) =>
    header === 'none' ? '로그인이 필요합니다.' : '로그인 정보를 읽을 수 없습니다. 다시 로그인해 주세요.',
  token_malformed: ({ keyName }) =>
    keyName === 'missing'
      ? '서명 키 정보(kid)가 없는 토큰입니다. 다른 토큰으로 로그인해 주세요.'
      : '올바른 토큰이 아닙니다. 전체를 복사했는지 확인해 주세요.',
  token_signature: () => '올바른 토큰이 아닙니다. 전체를 복사했는지 확인해 주세요.',
  token_expired: () => '로그인이 만료되었습니다. 다시 로그인해 주세요.',
  token_not_yet: () => '아직 사용할 수 없는 토큰입니다. 잠시 후 다시 로그인해 주세요.',
  token_no_exp: () => '만료 시각이 없는 토큰은 사용할 수 없습니다. 토큰을 새로 받아 주세요.',
  token_bad_sub: ({ claim }) => `토큰에 올바른 사용자 ID(${claim})가 없습니다. 토큰을 새로 받아 주세요.`,
  token_issuer: () => '다른 시스템에서 발급한 토큰입니다. 이 서비스의 토큰으로 로그인해 주세요.',
  token_audience: () => '다른 서비스용 토큰입니다. 이 서비스의 토큰으로 로그인해 주세요.',
  token_role_too_long: ({ span }) =>
    `관리 권한이 있는 토큰의 유효 기간은 최대 ${spanText(span)}입니다. 더 짧은 토큰이나 API 키를 사용해 주세요.`,
  token_unknown_signer: () => '사내 로그인 시스템에서 발급한 토큰이 아닙니다. 다시 로그인해 주세요.',
  token_unknown_key: () => '올바른 API 키가 아닙니다. 전체를 복사했는지 확인해 주세요.',
  token_expired_key: () => '만료된 API 키입니다. 관리자에게 새 API 키를 요청해 주세요.',
  token_revoked_key: () => '폐기된 API 키입니다. 관리자에게 새 API 키를 요청해 주세요.',
};

const units: Readonly<Record<string, string>> = { hour: '시간', minute: '분', second: '초' };

/** A duration in the server's English, such as `12 hours`. */
const spanText = (span: string): string =>
  span.replace(/(\d+) (hour|minute|second)s?/, (_all, count: string, unit: string) => `${count}${units[unit] ?? unit}`);
