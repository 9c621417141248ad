import type { PageSession } from './page-session.ts';

/** The languages of the sign-in page. */
type Language = 'en' | 'ko';

/** Why a user is not signed in. */
export type SignInTrouble = 'refused' | 'no_role' | 'unavailable' | 'ended' | 'too_many';

const words: Record<
  Language,
  Record<'title' | 'about' | 'label' | 'button' | 'who' | 'goOn' | 'signOut' | 'redisDown' | SignInTrouble, string>
> = {
  en: {
    title: 'Sign in',
    about:
      'These pages are for admins. Paste a token with a role, or an API key. Your session ends when the token or key expires, and after 8 hours at the latest.',
    label: 'Token or API key',
    button: 'Sign in',
    who: 'Signed in as',
    goOn: 'Continue',
    signOut: 'Sign out',
    redisDown: 'The queue is in Redis, which is not answering. Reload this page shortly. /readyz has details.',
    refused: 'That token is not valid, or it has expired.',
    no_role: 'That token has no role. These pages need the role viewer, operator or admin.',
    unavailable: 'The token can’t be checked right now. Try again shortly.',
    ended: 'You are signed out.',
    too_many: 'Too many sign-ins from your address have failed. Wait a minute, then try again.',
  },
  ko: {
    title: '로그인',
    about:
      '관리자 페이지입니다. 역할이 있는 토큰이나 API 키를 붙여 넣으세요. 토큰이 만료될 때까지, 최대 8시간 유효한 세션으로 바뀝니다.',
    label: '토큰 또는 API 키',
    button: '로그인',
    who: '로그인한 계정:',
    goOn: '계속',
    signOut: '로그아웃',
    redisDown: '작업 큐가 있는 Redis가 응답하지 않습니다. 잠시 후 새로 고치세요. 자세한 상태는 /readyz에 있습니다.',
    refused: '토큰이 올바르지 않거나 만료되었습니다.',
    no_role: '이 토큰에는 역할이 없습니다. viewer, operator, admin 중 하나가 필요합니다.',
    unavailable: '지금은 토큰을 확인할 수 없습니다. 잠시 후 다시 시도하세요.',
    ended: '로그아웃되었습니다.',
    too_many: '이 주소에서 로그인에 여러 번 실패했습니다. 1분 뒤에 다시 시도하세요.',
  },
};

/** Korean if the browser's `Accept-Language` prefers it to English. */
export function languageOf(acceptLanguage = ''): Language {
  const first = acceptLanguage.split(',').find((part) => /^\s*(ko|en)\b/i.test(part));
  return first !== undefined && /^\s*ko/i.test(first) ? 'ko' : 'en';
}

/**
 * The page as HTML; it needs no script. `next` is the path that the browser opens after the sign-in; the caller must
 * have checked it.
 */
export function signInPage({
  language,
  next,
  trouble,
}: {
  language: Language;
  next: string;
  trouble: SignInTrouble | null;
}): string {
  const text = words[language];
  const said = trouble === null ? '' : `<p class="trouble" role="alert">${text[trouble]}</p>`;
  return pageOf(
    language,
    `<p>${text.about}</p>
${said}
<form method="post" action="/admin/session">
<label for="token">${text.label}</label>
<input id="token" name="token" type="password" autocomplete="off" spellcheck="false" required autofocus>
<input name="next" type="hidden" value="${escaped(next)}">
<button>${text.button}</button>
</form>`,
  );
}

/** The page that shows who is signed in, with a sign-out button. */
export function signedInPage({
  language,
  next,
  name,
  role,
}: PageSession & { language: Language; next: string }): string {
  const text = words[language];
  return pageOf(
    language,
    `<p>${text.who} ${escaped(name)} (${role})</p>
<p><a href="${escaped(next)}">${text.goOn}</a></p>
<form method="post" action="/admin/sign-out">
<button>${text.signOut}</button>
</form>`,
  );
}

/** Shown in place of the queue while Redis does not answer. */
export const redisDownPage = (language: Language): string =>
  pageOf(language, `<p class="trouble" role="alert">${words[language].redisDown}</p>`);

const pageOf = (language: Language, content: string): string => `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${words[language].title} · Firstcome</title>
<link rel="stylesheet" href="/admin/sign-in.css">
</head>
<body>
<main>
<h1>Firstcome</h1>
${content}
</main>
</body>
</html>
`;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

export const signInStyle = `
:root { font: 1rem/1.5 system-ui, sans-serif; color-scheme: light dark; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText; }
main { width: min(26rem, calc(100vw - 3rem)); }
h1 { margin: 0 0 0.5rem; font-size: 1.5rem; }
label { display: block; margin: 1rem 0 0.25rem; font-weight: 600; }
input { box-sizing: border-box; width: 100%; padding: 0.6rem; font: inherit; border: 1px solid GrayText; border-radius: 0.4rem; }
button { margin-top: 1rem; padding: 0.6rem 1.2rem; font: inherit; font-weight: 600; border: 0; border-radius: 0.4rem;
  background: #1d4ed8; color: #fff; cursor: pointer; }
:focus-visible { outline: 3px solid #60a5fa; outline-offset: 2px; }
.trouble { padding: 0.6rem 0.8rem; border-left: 4px solid #dc2626; background: color-mix(in srgb, #dc2626 12%, Canvas); }
`;
