import createClient from 'openapi-fetch';
import type { components, paths } from './generated/schema.d.ts';

/**
 * A client whose types come only from the document. It creates an event, claims twice, reads the claim, is refused, and
 * prints the answers as JSON. It compiles only if the document describes these answers.
 */

type IssuedClaim = components['schemas']['IssuedClaim'];

const [url = '', adminToken = '', userToken = ''] = process.argv.slice(2);
const admin = createClient<paths>({ baseUrl: url, headers: { authorization: `Bearer ${adminToken}` } });
const user = createClient<paths>({ baseUrl: url, headers: { authorization: `Bearer ${userToken}` } });

const clock = await user.GET('/api/v1/clock');
const opensAt = new Date(Date.parse(clock.data?.serverTime ?? '') + 300).toISOString();

const created = await admin.POST('/api/v1/admin/events', {
  params: { header: { 'Idempotency-Key': 'generated-client' } },
  body: { name: 'Generated', amount: 10_000, stock: 1, opensAt, strategy: 'redis-counter-set' },
});
if (created.data === undefined) throw new Error(created.error.detail);
const eventId: string = created.data.id;

const path = { params: { path: { eventId } } };

/** Repeats the call, according to the retry rule, until the claim is decided. */
async function claim(): Promise<{ status: number; claim: IssuedClaim }> {
  for (;;) {
    const { data, error, response } = await user.POST('/api/v1/events/{eventId}/claims', path);
    if (data !== undefined) return { status: response.status, claim: data };
    const undecided =
      response.status === 429 || response.status === 503 || ('status' in error && error.status === 'not_open');
    if (!undecided) throw new Error(`The claim got the status ${response.status}.`);
    await new Promise((resolve) => setTimeout(resolve, Number(response.headers.get('retry-after') ?? 1) * 1_000));
  }
}

const first = await claim();
const again = await claim();
const serial: number = first.claim.serial;
const code: string = again.claim.code;

const mine = await user.GET('/api/v1/events/{eventId}/claims/mine', path);
const mismatch = await user.POST('/api/v1/coupon/issue/pessimistic', { body: { eventId } });

console.log(
  JSON.stringify({
    statuses: [created.response.status, first.status, again.status, mine.response.status, mismatch.response.status],
    serial,
    same: first.claim.code === code && mine.data?.code === code,
    mismatch: mismatch.error,
  }),
);

declare const process: { argv: string[] };
