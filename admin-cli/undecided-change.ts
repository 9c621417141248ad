import type { TimeField, WireName } from '../core/events/event-fields.ts';
import { Fault, type FaultCode } from '../core/runtime/fault.ts';

/** What was asked for, as far as somebody needs it who repeats it word for word. */
export type AskedFor = {
  requestId?: string | undefined;
  opensAt?: string | undefined;
  closesAt?: string | undefined;
} & { [Name in TimeField as WireName<Name>]?: string | undefined };

/** A change that nobody knows the end of: it may have happened. The same again is right, with the same `requestId`. */
export class UndecidedChange extends Fault {
  readonly asked: AskedFor;

  constructor(code: FaultCode, message: string, asked: AskedFor) {
    super(code, message);
    this.asked = asked;
  }
}
