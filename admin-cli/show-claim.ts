import type { ClaimProof, ClaimRestored, ClaimHistory } from '../core/claims/claim-history.ts';
import { showClaimHistory as wireHistory } from '../core/wire/claim-history-wire.ts';
import { formatInstant } from './format-time.ts';
import type { Shown } from './output.ts';
import type { Style } from './paint.ts';
import { oneLine } from './plain-text.ts';
import { formatFields } from './table.ts';

/** Formats the history of one claim, with times in `timeZone`. */
export function showClaimHistory(history: ClaimHistory, timeZone: string): Shown {
  const { claim, persistedAtMs, setAside, inOutbox } = history;
  const at = (ms: number) => formatInstant(ms, timeZone);
  return {
    json: () => wireHistory(history),
    plain: () => {
      const { claim: held, setAside: aside, otherRounds, ...fields } = wireHistory(history);
      const { serial = null, userId = null, code = null, claimedAt = null } = held ?? {};
      return formatFields({
        ...fields,
        ...{ serial, userId, code, claimedAt, setAside: aside?.reason ?? null, otherRounds: otherRounds.join(' ') },
        ...{
          settledAt: aside?.settledAt ?? null,
          settledBy: aside?.settledBy ?? null,
          settledReason: aside?.settledReason ?? null,
        },
      });
    },
    terminal: (look) =>
      [
        `${look.paint('bold', history.eventId)}  round ${history.round}: ${look.paint(looks[history.state], words[history.state])}`,
        `  ${oneLine(history.account)}`,
        '',
        ...(claim === null
          ? []
          : [`  claim   ${oneLine(claim.userId)}, serial ${claim.serial}, ${claim.code}, ${at(claim.claimedAtMs)}`]),
        `  Redis   ${redisWords[history.inRedis]}${inOutbox === true ? ', in the outbox' : ''}`,
        `  MySQL   ${history.inMySql}${persistedAtMs === null ? '' : `, ${at(persistedAtMs)}`}`,
        ...(setAside === null
          ? []
          : [`  aside   ${setAside.reason}: ${oneLine(setAside.detail)}, ${at(setAside.atMs)}`]),
        ...(setAside?.settled == null
          ? []
          : [
              `  settled ${at(setAside.settled.atMs)}, by ${oneLine(setAside.settled.by)}: ${oneLine(setAside.settled.reason)}`,
            ]),
      ].join('\n'),
  };
}

export function showClaimProof(proof: ClaimProof): Shown {
  const { account, ...fields } = proof;
  return {
    json: () => proof,
    plain: () => formatFields({ ...fields, account }),
    terminal: (look) => look.paint(proof.genuine ? 'green' : 'red', oneLine(account)),
  };
}

export function showClaimRestored(restored: ClaimRestored): Shown {
  const { account, ...fields } = restored;
  return {
    json: () => restored,
    plain: () => formatFields({ ...fields, account }),
    terminal: (look) => look.paint(restored.held ? 'green' : 'red', oneLine(account)),
  };
}

const words = {
  persisted: 'stored',
  accepted: 'accepted',
  deciding: 'being decided',
  set_aside: 'set aside',
  differs: 'the stores differ',
  none: 'no claim',
  unknown: 'not known',
} as const satisfies Record<ClaimHistory['state'], string>;

const looks = {
  persisted: 'green',
  accepted: 'cyan',
  deciding: 'cyan',
  set_aside: 'red',
  differs: 'red',
  none: 'yellow',
  unknown: 'yellow',
} as const satisfies Record<ClaimHistory['state'], Style>;

const redisWords = {
  winner: 'a winner',
  absent: 'not a winner',
  not_used: 'not used by the strategy',
  retired: 'the round is retired',
  lost: 'has lost part of the round',
  unreachable: 'does not answer',
} as const satisfies Record<ClaimHistory['inRedis'], string>;
