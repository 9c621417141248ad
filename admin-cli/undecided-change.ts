import type { TimeField, WireName } from '../core/events/event-fields.ts';
import { Fault, type FaultCode } from '../core/runtime/fault.ts';

/** The input that a user needs in order to repeat a change exactly. */
export type AskedFor = {
  requestId?: string | undefined;
  opensAt?: string | undefined;
  closesAt?: string | undefined;
} & { [Name in TimeField as WireName<Name>]?: string | undefined };

/** A change whose outcome is unknown. It is safe to repeat with the same `requestId`. */
export class UndecidedChange extends Fault {
  readonly asked: AskedFor;

  constructor(code: FaultCode, message: string, asked: AskedFor) {
    super(code, message);
    this.asked = asked;
  }
}
