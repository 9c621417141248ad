import { TRPCError } from '@trpc/server';
import type { TokenRefusal } from '../core/access/token-refusal.ts';
import { say, type Message, type SayParams } from '../core/messages/message.ts';

/** The error for a refused token. Its message never contains the token. */
export class RefusedToken extends TRPCError {
  readonly reason: TokenRefusal;
  readonly said: Message;

  constructor(reason: TokenRefusal, said: Message) {
    super({ code: 'UNAUTHORIZED', message: said.message });
    this.reason = reason;
    this.said = said;
  }
}

export const unauthorized = <Reason extends TokenRefusal>(
  reason: Reason,
  ...params: SayParams<`token_${Reason}`>
): RefusedToken => new RefusedToken(reason, say(`token_${reason}`, ...params));
