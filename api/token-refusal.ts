import { TRPCError } from '@trpc/server';
import type { TokenRefusal } from '../core/access/token-refusal.ts';

/** The token is refused; the message never contains it. */
export class RefusedToken extends TRPCError {
  readonly reason: TokenRefusal;

  constructor(reason: TokenRefusal, message: string) {
    super({ code: 'UNAUTHORIZED', message });
    this.reason = reason;
  }
}
