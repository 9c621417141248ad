/** Sample data for the pages: answers in the API's form, without an API. */

export type Answer = { data: unknown } | { error: 'NOT_FOUND' | 'SERVICE_UNAVAILABLE' } | 'never';
export type Call = 'event.get' | 'event.list' | 'claim.mine' | 'claim.list' | 'claim.submit';

export type State = {
  name: string;
  path: string;
  answers: Partial<Record<Call, Answer>>;
  /** Whether the claim button is pressed before the picture is taken. */
  claims?: boolean;
  /** An element that must be on the page before the picture is taken. */
  ready: string;
  signedOut?: boolean;
  /** Whether the network goes away before the button is pressed. */
  offline?: boolean;
};

const inMs = (ms: number): string => new Date(Date.now() + ms).toISOString();
const texts = {
  ko: {
    name: '가을 감사제 선착순 쿠폰',
    description: '전 상품 5만 원 이상 구매하실 때 사용하실 수 있습니다.',
    terms:
      '• 1인 1매, 다른 쿠폰과 함께 사용하실 수 없습니다.\n• 사용한 쿠폰은 주문을 취소하시면 되돌려 드립니다.\n• 타인에게 양도하실 수 없습니다.',
    alt: '단풍이 든 가을 산',
  },
  en: {
    name: 'Autumn sale: first come, first served',
    description: 'Valid on every product, for orders of ₩50,000 or more.',
    terms:
      '• One per person, and not together with other coupons.\n• If you cancel the order, you get the coupon back.\n• Not transferable.',
    alt: 'A mountain in autumn colours',
  },
} as const;

type Given = Record<string, unknown>;

function event(language: 'ko' | 'en', given: Given = {}): Given {
  const { name, description, terms, alt } = texts[language];
  return {
    ...{ id: 'ev_autumn', name, description, terms, amount: 10_000, currency: 'KRW' },
    ...{ imageUrl: null, imageAlt: alt, useUrl: 'https://shop.example/use', validUntil: '2026-12-31T14:59:00.000Z' },
    ...{ theme: null, stock: 1_000, issued: 0, remaining: 1_000, opensAt: inMs(4 * 3_600_000 + 277_000) },
    ...{ closesAt: null, soldOutAt: null, phase: 'scheduled', serverTime: inMs(0) },
    ...given,
  };
}

const bare: Given = { description: '', terms: null, useUrl: null, validUntil: null, imageUrl: null, imageAlt: null };
const open = (remaining: number): Given => ({
  phase: 'open',
  opensAt: inMs(-30_000),
  remaining,
  issued: 1_000 - remaining,
});
const soldOut = (): Given => ({ ...open(0), phase: 'sold_out', opensAt: inMs(-60_000), soldOutAt: inMs(-58_160) });
const claim = (state: string) => ({
  serial: 37,
  code: 'W45C-9K2M-7QXT-3HJD',
  claimedAt: inMs(-29_000),
  round: 1,
  state,
});

/** Returns all states of the pages in a language. `picture` is the address of an image that the pages may show. */
export function galleryStates(language: 'ko' | 'en', picture: string): State[] {
  const image = { imageUrl: picture };
  const named = (id: string, ko: string, en: string): Given => ({ id, name: language === 'ko' ? ko : en });
  const list = [
    event(language, { ...open(64), ...image }),
    event(language, {
      ...named('ev_2', '주말 특가 무료 배송 쿠폰', 'Free delivery this weekend'),
      amount: 3_000,
      ...open(820),
    }),
    event(language, { ...named('ev_3', '12월 첫 주문 할인', 'First order in December'), amount: 50_000 }),
    event(language, {
      ...named('ev_4', '겨울 신상품 미리 만나기', 'A first look at winter'),
      amount: 1_500,
      currency: 'USD',
      ...soldOut(),
    }),
  ];
  const mine = list.slice(0, 3).map((each, at) => ({
    ...claim('persisted'),
    ...{ eventId: each['id'], eventName: each['name'], amount: each['amount'], currency: 'KRW', serial: 37 + 400 * at },
  }));
  const base: State['answers'] = {
    'claim.mine': { data: null },
    'claim.list': { data: mine.slice(0, 1) },
    'event.list': { data: list },
  };
  const at = (name: string, ready: string, given: Given, more: Partial<State> = {}): State => ({
    ...{ name, ready, path: '/e/ev_autumn' },
    ...more,
    answers: { ...base, 'event.get': { data: event(language, given) }, ...more.answers },
  });
  const shows = (panel: string): string => `[data-shows=${panel}]`;
  const won = { 'claim.mine': { data: claim('persisted') } } as const;
  return [
    at('before', shows('before'), image),
    at('before-bare', shows('before'), bare),
    at('before-days', shows('before'), { opensAt: inMs(3 * 86_400_000), closesAt: inMs(5 * 86_400_000) }),
    at('last-seconds', '[data-last=true]', { opensAt: inMs(9_000) }),
    at('open', shows('button'), { ...open(640), ...image }),
    at('open-low', shows('button'), open(64)),
    at('asking', shows('asking'), open(640), { claims: true, answers: { 'claim.submit': 'never' } }),
    at('undecided', shows('undecided'), open(640), {
      claims: true,
      answers: { 'claim.submit': { error: 'SERVICE_UNAVAILABLE' } },
    }),
    at('offline', shows('undecided'), open(640), {
      ...{ claims: true, offline: true },
      answers: { 'claim.submit': { error: 'SERVICE_UNAVAILABLE' } },
    }),
    at(
      'won-fresh',
      '[data-fresh=true] [data-code=qr] svg',
      { ...open(640), ...image },
      {
        claims: true,
        answers: { 'claim.submit': { data: { status: 'issued', replayed: false, ...claim('accepted') } } },
      },
    ),
    at('won', '[data-code=qr] svg', open(640), { answers: won }),
    at('won-bare', '[data-code=qr] svg', { ...open(640), ...bare }, { answers: won }),
    at('won-expired', '[data-code=qr] svg', { ...open(640), validUntil: inMs(-86_400_000) }, { answers: won }),
    at('sold-out', `${shows('sold_out')} .next-events a`, { ...soldOut(), ...image }),
    at('paused', shows('paused'), { ...open(640), phase: 'paused' }),
    at('closed', `${shows('closed')} .next-events a`, { ...open(120), phase: 'closed' }),
    at('sign-in', shows('sign_in'), open(640), { signedOut: true }),
    at('trouble', '[name=retry]', {}, { answers: { 'event.get': { error: 'SERVICE_UNAVAILABLE' } } }),
    at('not-found', '.next-events a', {}, { answers: { 'event.get': { error: 'NOT_FOUND' } } }),
    at('embed', shows('before'), {}, { path: '/e/ev_autumn?embed=1' }),
    at('list', '.events', {}, { path: '/' }),
    at('list-empty', '.message', {}, { path: '/', answers: { 'event.list': { data: [] } } }),
    at('mine', '.coupons', {}, { path: '/mine', answers: { 'claim.list': { data: mine } } }),
    at('mine-empty', '.message', {}, { path: '/mine', answers: { 'claim.list': { data: [] } } }),
  ];
}
