export const demoLanguages = ['en', 'ko'] as const;
export type DemoLanguage = (typeof demoLanguages)[number];

type DemoTexts = { name: string; description: string; terms: string };

/** The texts of the demo event. An event has its texts in one language only. */
export const demoTexts: Record<DemoLanguage, DemoTexts> = {
  en: {
    name: 'Demo coupon',
    description: 'A coupon for trying out Firstcome.',
    terms: 'One coupon per person.\nThis is only a demo: no shop accepts this coupon.',
  },
  ko: {
    name: '체험용 할인 쿠폰',
    description: 'Firstcome을 체험해 보실 수 있는 쿠폰입니다.',
    terms: '한 사람당 한 장만 받을 수 있습니다.\n체험용 쿠폰이라 실제로 사용할 수는 없습니다.',
  },
};

/** Korean if the terminal's locale for messages is Korean, otherwise English. */
export function terminalLanguage({ LC_ALL, LC_MESSAGES, LANG }: NodeJS.ProcessEnv): DemoLanguage {
  // As in POSIX, an empty variable counts as unset.
  return /^ko([_.@-]|$)/i.test(LC_ALL || LC_MESSAGES || LANG || '') ? 'ko' : 'en';
}
