import type { TimeField, WireName } from '../core/events/event-fields.ts';
import { Fault, type FaultCode } from '../core/runtime/fault.ts';

/** The part of a change's input that a user needs in order to repeat it exactly. */
export type AskedFor = {
  requestId?: string | undefined;
  opensAt?: string | undefined;
  closesAt?: string | undefined;
} & { [Name in TimeField as WireName<Name>]?: string | undefined };

/** A change with an unknown outcome: it may have happened. It is safe to repeat with the same `requestId`. */
export class UndecidedChange extends Fault {
  readonly asked: AskedFor;

  constructor(code: FaultCode, message: string, asked: AskedFor) {
    super(code, message);
    this.asked = asked;
  }
}
