import type { EventInfo } from '../../core/events/event-fields.ts';
import { parseTheme, type Theme } from '../../core/events/theme.ts';
import { minorUnitDigits } from '../../core/money/minor-units.ts';
import type { PagePolicy } from './page-headers.ts';

type Look = Pick<PagePolicy, 'theme' | 'imageOrigins'>;
type ShownEvent = Pick<
  EventInfo,
  'name' | 'description' | 'amount' | 'currency' | 'imageUrl' | 'imageAlt' | 'theme'
> & {
  eventId: string;
  stock: number;
};

/** The limit for descriptions. Link previews truncate descriptions longer than this anyway. */
const descriptionCharsMax = 200;

/**
 * Returns a built page with the shop's details in its head: title, colour, icon, and the theme that the page's script
 * applies. An event's page also has the details that other sites show in a link preview (Open Graph).
 */
export function withHead(html: string, look: Look, event?: ShownEvent): string {
  const theme = { ...look.theme, ...(event?.theme != null && parseTheme(event.theme)) };
  const shopName = theme.shopName ?? 'Firstcome';
  const title = event === undefined ? shopName : `${event.name} · ${shopName}`;
  const tags = [
    `<title>${escaped(title)}</title>`,
    meta('name', 'firstcome-theme', JSON.stringify(theme)),
    ...(look.imageOrigins === null ? [] : [meta('name', 'firstcome-images', look.imageOrigins.join(' '))]),
    ...(theme.accentColor === undefined ? [] : [meta('name', 'theme-color', theme.accentColor)]),
    ...(event === undefined ? [] : [firstAnswer(event), ...shared(event, theme, look)]),
  ];
  const withTags = html.replace(/<title>.*?<\/title>/, () => tags.join('\n    '));
  const { iconUrl } = theme;
  const withIcon =
    iconUrl === undefined || !mayShow(look, iconUrl)
      ? withTags
      : withTags.replace(/<link rel="icon"[^>]*>/, () => `<link rel="icon" href="${escaped(iconUrl)}">`);
  return event === undefined || !isKorean(event) ? withIcon : withIcon.replace('<html lang="en">', '<html lang="ko">');
}

/** Amounts in won are for Korean readers. The page's script then switches to the reader's own language. */
const isKorean = ({ currency }: ShownEvent): boolean => currency === 'KRW';

/**
 * Makes the browser request the event while it is still loading the script that needs the answer, which saves a phone
 * one round trip.
 */
const firstAnswer = ({ eventId }: ShownEvent): string => {
  const href = `/trpc/event.get?input=${encodeURIComponent(JSON.stringify({ eventId }))}`;
  return `<link rel="preload" as="fetch" crossorigin="anonymous" href="${href}">`;
};

function shared(event: ShownEvent, { shopName }: Theme, look: Look): string[] {
  const description = describe(event);
  const { imageUrl, imageAlt } = event;
  const image = imageUrl !== null && mayShow(look, imageUrl) ? imageUrl : null;
  return [
    meta('name', 'description', description),
    meta('property', 'og:type', 'website'),
    meta('property', 'og:title', event.name),
    meta('property', 'og:description', description),
    ...(shopName === undefined ? [] : [meta('property', 'og:site_name', shopName)]),
    ...(image === null ? [] : [meta('property', 'og:image', image)]),
    ...(image === null || imageAlt === null ? [] : [meta('property', 'og:image:alt', imageAlt)]),
    meta('name', 'twitter:card', image === null ? 'summary' : 'summary_large_image'),
  ];
}

function describe(event: ShownEvent): string {
  const offer = isKorean(event)
    ? `${new Intl.NumberFormat('ko-KR').format(event.amount)}원 할인 · 선착순 ${new Intl.NumberFormat('ko-KR').format(event.stock)}장`
    : `${money(event)} off · first come, first served`;
  const text = [offer, event.description.replace(/\s+/g, ' ').trim()].filter((part) => part !== '').join(' · ');
  const chars = [...text];
  return chars.length <= descriptionCharsMax ? text : `${chars.slice(0, descriptionCharsMax - 1).join('')}…`;
}

function money({ amount, currency }: ShownEvent): string {
  const digits = minorUnitDigits(currency);
  if (digits === null) return `${amount} ${currency}`;
  const minimumFractionDigits = amount % 10 ** digits === 0 ? 0 : digits;
  const format = { style: 'currency', currency, minimumFractionDigits, maximumFractionDigits: digits } as const;
  return new Intl.NumberFormat('en-GB', format).format(amount / 10 ** digits);
}

const mayShow = ({ imageOrigins }: Look, url: string): boolean =>
  imageOrigins === null || imageOrigins.includes(new URL(url).origin);

const meta = (kind: 'name' | 'property', name: string, content: string): string =>
  `<meta ${kind}="${name}" content="${escaped(content)}">`;

export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
