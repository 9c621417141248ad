/** The states of the pages, made from sample answers in the form in which the API sends them. */

export type Answer = { data: unknown } | { error: 'NOT_FOUND' | 'SERVICE_UNAVAILABLE' } | 'never';
export type Call = 'event.get' | 'event.list' | 'claim.mine' | 'claim.list' | 'claim.submit';

export type State = {
  name: string;
  path: string;
  /** The time that the server reports. The page's clock follows that time. */
  nowMs: () => number;
  answers: Partial<Record<Call, Answer>>;
  /** Whether to press the claim button before the picture is taken. */
  claims?: boolean;
  /** A selector. The picture is taken once an element on the page matches this selector. */
  ready: string;
  signedOut?: boolean;
  /** Whether the network fails before the button is pressed. */
  offline?: boolean;
};

/** Ten o'clock tomorrow morning in Korea. That is so close that the pages show no year. */
const opensAtMs = Math.floor(Date.now() / 86_400_000) * 86_400_000 + 25 * 3_600_000;
/** Returns the time that is `sinceOpeningMs` after the opening. */
const at = (sinceOpeningMs: number): string => new Date(opensAtMs + sinceOpeningMs).toISOString();
const day = 86_400_000;
const beforeMs = -(4 * 3_600_000 + 277_000);
const openMs = 30_000;

const texts = {
  ko: {
    name: '가을 감사제 선착순 쿠폰',
    description: '전 상품 5만 원 이상 구매 시 사용하실 수 있습니다.',
    terms:
      '1인 1매만 발급되며, 다른 쿠폰과 함께 사용하실 수 없습니다.\n주문을 취소하시면 사용한 쿠폰을 다시 드립니다.\n다른 사람에게 양도하실 수 없습니다.',
    alt: '단풍이 든 가을 산',
  },
  en: {
    name: 'Autumn sale: first come, first served',
    description: 'Valid on every product, for orders of ₩50,000 or more.',
    terms:
      'One per person. Can’t be combined with other coupons.\nIf you cancel the order, you get the coupon back.\nNot transferable.',
    alt: 'A mountain in autumn colours',
  },
} as const;

type Given = Record<string, unknown>;
/** The end of the day, four weeks after the opening. */
const validUntil = at(28 * day + 14 * 3_600_000 - 60_000);

function event(language: 'ko' | 'en', given: Given = {}): Given {
  const { name, description, terms, alt } = texts[language];
  return {
    ...{ id: 'ev_autumn', name, description, terms, amount: 10_000, currency: 'KRW' },
    ...{ imageUrl: null, imageAlt: alt, useUrl: 'https://shop.example/use', validUntil },
    ...{ theme: null, stock: 1_000, issued: 0, remaining: 1_000, opensAt: at(0) },
    ...{ closesAt: null, soldOutAt: null, phase: 'scheduled', serverTime: at(0) },
    ...given,
  };
}

const bare: Given = { description: '', terms: null, useUrl: null, validUntil: null, imageUrl: null, imageAlt: null };
const open = (remaining: number): Given => ({ phase: 'open', remaining, issued: 1_000 - remaining });
const soldOut: Given = { ...open(0), phase: 'sold_out', soldOutAt: at(1_840) };
const claim = (state: string) => ({ serial: 37, code: 'W45C-9K2M-7QXT-3HJD', claimedAt: at(1_200), round: 1, state });

type More = Partial<Omit<State, 'nowMs'>> & { nowMs?: number };

/** Returns a clock whose current time is `sinceOpeningMs` after the opening. */
function clockFrom(sinceOpeningMs: number): () => number {
  const aheadMs = opensAtMs + sinceOpeningMs - Date.now();
  return () => Date.now() + aheadMs;
}

/** All states of the pages in a language. `picture` is the address of an image that the pages may load. */
export function galleryStates(language: 'ko' | 'en', picture: string): State[] {
  const image = { imageUrl: picture };
  const named = (id: string, ko: string, en: string): Given => ({ id, name: language === 'ko' ? ko : en });
  const list = [
    event(language, { ...open(64), ...image }),
    event(language, {
      ...named('ev_2', '주말 특가 전 상품 쿠폰', 'Weekend special'),
      amount: 3_000,
      ...open(820),
    }),
    event(language, {
      ...named('ev_3', '첫 구매 고객 감사 쿠폰', 'Welcome coupon for first orders'),
      ...{ amount: 50_000, opensAt: at(4 * 3_600_000) },
    }),
    event(language, {
      ...named('ev_4', '겨울 신상품 미리 만나기', 'A first look at winter'),
      amount: 15_000,
      ...soldOut,
    }),
  ];
  const mine = list.slice(0, 3).map((each, index) => ({
    ...claim('persisted'),
    ...{ eventId: each['id'], eventName: each['name'], amount: each['amount'], currency: 'KRW' },
    ...{
      serial: [37, 412, 8][index],
      code: ['W45C-9K2M-7QXT-3HJD', '7F2P-QX8A-M4DE-19KV', 'C3NB-60RT-ZH5W-8JYS'][index],
    },
    ...{ claimedAt: at(1_200 - 13 * day * index), validUntil: [validUntil, null, at(-2 * day)][index] },
  }));
  const base: State['answers'] = {
    'claim.mine': { data: null },
    'claim.list': { data: mine.slice(0, 1) },
    'event.list': { data: list },
  };
  const state = (name: string, ready: string, given: Given, { nowMs, ...more }: More = {}): State => ({
    ...{ name, ready, path: '/e/ev_autumn' },
    nowMs: clockFrom(nowMs ?? (given['phase'] === undefined ? beforeMs : openMs)),
    ...more,
    answers: { ...base, 'event.get': { data: event(language, given) }, ...more.answers },
  });
  const shows = (panel: string): string => `[data-shows=${panel}]`;
  const won = { 'claim.mine': { data: claim('persisted') } } as const;
  return [
    state('before', shows('before'), image),
    state('before-bare', shows('before'), bare),
    state('before-days', shows('before'), { closesAt: at(2 * day) }, { nowMs: beforeMs - 3 * day }),
    state('last-seconds', '[data-last=true]', {}, { nowMs: -9_000 }),
    state('open', shows('button'), { ...open(640), ...image }),
    state('open-low', shows('button'), open(64)),
    state('asking', shows('asking'), open(640), { claims: true, answers: { 'claim.submit': 'never' } }),
    state('undecided', shows('undecided'), open(640), {
      claims: true,
      answers: { 'claim.submit': { error: 'SERVICE_UNAVAILABLE' } },
    }),
    state('offline', shows('undecided'), open(640), {
      ...{ claims: true, offline: true },
      answers: { 'claim.submit': { error: 'SERVICE_UNAVAILABLE' } },
    }),
    state(
      'won-fresh',
      '[data-fresh=true] [data-code=qr] svg',
      { ...open(640), ...image },
      {
        claims: true,
        answers: { 'claim.submit': { data: { status: 'issued', replayed: false, ...claim('accepted') } } },
      },
    ),
    state('won', '[data-code=qr] svg', open(640), { answers: won }),
    state('won-bare', '[data-code=qr] svg', { ...open(640), ...bare }, { answers: won }),
    state('won-expired', '[data-code=qr] svg', { ...open(640), validUntil: at(-9 * day) }, { answers: won }),
    state('sold-out', `${shows('sold_out')} .next-events a`, { ...soldOut, ...image }),
    state('paused', shows('paused'), { ...open(640), phase: 'paused' }),
    state('closed', `${shows('closed')} .next-events a`, { ...open(120), phase: 'closed' }),
    state('sign-in', shows('sign_in'), open(640), { signedOut: true }),
    state('trouble', '[name=retry]', {}, { answers: { 'event.get': { error: 'SERVICE_UNAVAILABLE' } } }),
    state('not-found', '.next-events a', {}, { answers: { 'event.get': { error: 'NOT_FOUND' } } }),
    state('embed', shows('before'), {}, { path: '/e/ev_autumn?embed=1' }),
    state('list', '.events', {}, { path: '/', nowMs: openMs }),
    state('list-empty', '.message', {}, { path: '/', answers: { 'event.list': { data: [] } } }),
    state('mine', '.coupons', {}, { path: '/mine', nowMs: openMs, answers: { 'claim.list': { data: mine } } }),
    state('mine-empty', '.message', {}, { path: '/mine', answers: { 'claim.list': { data: [] } } }),
  ];
}
