import { didYouMean } from './rules.ts';

/** Why a call is refused. Each entry has a code, and makes an English sentence from its parameters. */
export const refusals = {
  // About the request itself.
  unknown_procedure: ({ procedure, suggestion }: { procedure: string; suggestion: string | null }) =>
    `There is no procedure "${procedure}".${didYouMean(suggestion === null ? [] : [suggestion])}`,
  mutation_needs_post: ({ procedure }: { procedure: string }) =>
    `${procedure} changes something, so call it with POST and its input as JSON in the body.`,
  query_needs_get: ({ procedure }: { procedure: string }) =>
    `${procedure} only reads, so call it with GET and its input as URL-encoded JSON in ?input=.`,
  wrong_method: ({ procedure }: { procedure: string }) =>
    `Call ${procedure} with POST if it changes something, and with GET if it only reads.`,
  not_json_type: () => 'Send the input as JSON, with the header Content-Type: application/json.',
  not_json: () => 'The input is not valid JSON.',
  input_missing_body: () => 'The input is missing: send it as a JSON object in the body.',
  input_missing_query: () => 'The input is missing: send it as a URL-encoded JSON object in ?input=.',
  input_not_object: () => 'The input must be a JSON object.',
  invalid_input: () => 'The input is not valid.',
  body_too_large: ({ maxKiB }: { maxKiB: number }) => `The body is larger than ${maxKiB} KiB.`,
  no_such_path: () => 'There is no such path. /openapi.json lists all of them; each has one spelling, without escapes.',
  method_not_allowed: ({ allowed }: { allowed: string }) => `This path takes ${allowed}.`,
  no_claim: () => 'You have no claim for this event.',
  url_too_long: ({ max }: { max: number }) => `The URL is longer than ${max} characters.`,
  unreadable_request: () => "The request can't be read.",
  mixed_batch: () => "A batch can't mix admin procedures with others. Send them separately.",
  nothing_here: ({ paths }: { paths: readonly string[] }) =>
    `There is nothing here. Procedures are at /trpc, REST is described at /docs; see also ${paths.slice(0, -1).join(', ')} and ${paths.at(-1) ?? ''}.`,
  unexpected: () =>
    'Something went wrong here. If the call was a claim, make the same call again to learn its outcome.',

  // About the caller.
  needs_role: ({ role, holder }: { role: string; holder: 'token' | 'api_key' }) =>
    `This needs ${holder === 'token' ? 'a token' : 'an API key'} with the role ${role}.`,
  reserved_user: ({ userId }: { userId: string }) => `${userId} is reserved for API keys; use another user id.`,
  api_key_no_user: () => 'An API key is not a user, and only users have claims. Send a user token.',

  // About things that don't exist.
  no_event: ({ eventId }: { eventId: string }) => `There is no event ${eventId}.`,
  no_round: ({ eventId, round }: { eventId: string; round: number }) => `Event ${eventId} has no round ${round}.`,
  no_api_key: ({ id }: { id: string }) => `There is no API key ${id}.`,
  no_claim_fault: ({ eventId, id }: { eventId: string; id: number }) => `Event ${eventId} has no claim fault ${id}.`,

  // About changes to events.
  request_id_reused: ({ requestId }: { requestId: string }) =>
    `The requestId ${requestId} was used for something else. Use a new one for each change.`,
  other_version: ({ version, expected }: { version: number; expected: number }) =>
    `The event is at version ${version}, not ${expected}: somebody changed the event. Read it again.`,
  changed_meanwhile: () => 'Somebody changed the event at the same time. Read it again, then try again.',
  closed: ({ eventId, round }: { eventId: string; round: number }) =>
    `Event ${eventId} is closed, which is final for its round ${round}.`,
  closed_meanwhile: () => 'The event is closed, which is final for its round.',
  stock_below_issued: ({ stock, issued }: { stock: number; issued: number }) =>
    `The stock can't be ${stock}: ${issued} coupons are issued already.`,
  stock_below_counter: ({ issued }: { issued: number }) =>
    `The stock can't be that low: ${issued} coupons are issued already, or being issued.`,
  fixed_once_seeded: ({ field }: { field: string }) =>
    `The ${field} is fixed once the event is seeded. Create another event instead.`,
  line_in_use: ({ order }: { order: string }) =>
    `People have joined the event's line, which is ${order}. Its order can change only while nobody has joined: turn the line off, and wait until it is empty.`,
  opening_fixed: () => 'The opening time is fixed once the event is open.',
  not_paused: ({ eventId, serial }: { eventId: string; serial: number }) =>
    `Event ${eventId} is not paused, so it may give out the next serial at any moment. Pause it first, then resume it from serial ${serial}.`,
  serial_given: ({ eventId, serial, issued }: { eventId: string; serial: number; issued: number }) =>
    `Serial ${serial} is not above the counter of event ${eventId}: serials up to ${issued} are already given or reserved. Resume it from ${issued + 1} or higher.`,
  serial_above_stock: ({ eventId, serial, stock }: { eventId: string; serial: number; stock: number }) =>
    `Serial ${serial} is above the stock of event ${eventId}, which is ${stock}: nothing would be left to sell. Close the event, or top it up first.`,
  reserved_too_often: ({ eventId }: { eventId: string }) =>
    `Event ${eventId} has too many ranges of reserved serials to add another. Resume it without a serial, or reset it.`,
  counter_differs: ({ issued }: { issued: number }) =>
    `The gate's counter is at ${issued}, which does not match MySQL. Repair the event first (reconcile --repair), then resume it.`,
  gate_behind_rows: ({ eventId, issued, stored }: { eventId: string; issued: number; stored: number }) =>
    `The gate's counter is at ${issued}, but MySQL has serial ${stored} of event ${eventId}: serials would be given twice. Repair the event first (reconcile --repair), then resume it.`,
  no_gate_to_resume: ({ eventId }: { eventId: string }) =>
    `Event ${eventId} has no gate in Redis, so its counter can't be moved to a different serial. Repair the event first (reconcile --repair), then resume it.`,
  lost_gate_resume: ({ eventId }: { eventId: string }) =>
    `Event ${eventId} can't be resumed: its gate is lost. Repair the event first (reconcile --repair); the repair says from which serial to resume.`,
  lost_gate_reopen: ({ eventId }: { eventId: string }) =>
    `Event ${eventId} has lost its gate and may have issued coupons. Its opening can't be moved, and it can't be put on hold for approval. Nothing was changed. Repair the event first (reconcile --repair), or reset it.`,
  lost_gate_stock: ({ eventId }: { eventId: string }) =>
    `The stock of ${eventId} can't be lowered: its gate is lost, and with it the number of issued coupons. Repair the event first; until then it can be paused, closed and topped up.`,
  reset_not_followed: ({ eventId }: { eventId: string }) =>
    `Event ${eventId} was reset in MySQL, but not yet in Redis, where claims may still be decided in the previous round. Make the same call again, with the same requestId.`,
  change_unknown: () =>
    'MySQL is unreachable, so the change may or may not be stored. Make the same call again, with the same requestId.',

  // About approvals.
  stock_needs_approval: ({ stock }: { stock: number }) =>
    `A stock of ${stock} needs the approval of another admin, and an open event can't wait for one: nothing was changed. Add less, or create another event.`,
  approver_is_key: () => "An API key can't approve an event. Approve it with a person's token.",
  closed_unapproved: ({ eventId }: { eventId: string }) => `Event ${eventId} is closed, which is final for its round.`,
  no_approval_needed: ({ eventId }: { eventId: string }) => `Event ${eventId} is not waiting for approval.`,
  approver_asked: ({ eventId, approver }: { eventId: string; approver: string }) =>
    `${approver} asked for the approval, so another admin has to approve event ${eventId}.`,
  approver_changed_event: ({ eventId, approver }: { eventId: string; approver: string }) =>
    `${approver} created or changed event ${eventId}, in person or through an API key. Ask an admin who did not.`,
  opening_passed: ({ eventId, opensAt }: { eventId: string; opensAt: string }) =>
    `Event ${eventId} was due to open at ${opensAt}, which has passed. Set a new opensAt, then approve it.`,
  approval_pending: ({ eventId }: { eventId: string }) =>
    `Event ${eventId} needs an approval first; until then, it is not seeded.`,

  // About API keys.
  key_made_before: ({ requestId, id }: { requestId: string; id: string }) =>
    `The request ${requestId} has already created the API key ${id}, and a key is shown only once. ` +
    `If nobody has the key, revoke ${id} and create another one, with a new requestId.`,
  too_many_keys: ({ max }: { max: number }) =>
    `There are already ${max} API keys, which is the limit. Revoke those that nobody uses.`,
  key_name_taken: ({ name }: { name: string }) =>
    `There is already an API key named ${name}. Choose a different name, or revoke that key first.`,

  // About claims.
  claim_blocked: ({ eventId, serial }: { eventId: string; serial: number }) =>
    `The claim is in MySQL, but the gate of ${eventId} has no place for serial ${serial}. Run reconcile to see what blocks it.`,
  claim_before_gate: ({ eventId, round }: { eventId: string; round: number }) =>
    `Round ${round} of event ${eventId} has no gate yet, so nobody can have claimed.`,
  claim_above_stock: ({ eventId, serial, stock }: { eventId: string; serial: number; stock: number }) =>
    `Serial ${serial} is above the stock of event ${eventId}, which is ${stock}. Top it up to ${serial} first.`,
  claim_needs_pause: ({ eventId, serial }: { eventId: string; serial: number }) =>
    `Serial ${serial} of event ${eventId} is above all serials given so far, so a new claim may get it at any moment. Pause the event, restore the claim, then resume.`,
} as const;
