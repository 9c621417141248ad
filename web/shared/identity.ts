/** What the embedding site gives the page. */
export type FirstcomeHost = {
  /** A token of the person who is signed in at the site. Rejects when nobody is. */
  getToken(): Promise<string>;
  /** Leads to the site's login, and back to `returnTo` afterwards. Resolves once somebody is signed in, if the page stays. */
  signIn?(to: { returnTo: string }): Promise<void> | void;
};

declare global {
  interface Window {
    firstcome?: FirstcomeHost;
  }
}

/** Nobody is signed in at the site, or the site gives no identity at all. */
export class NotSignedIn extends Error {
  override name = 'NotSignedIn';
}

/** Who uses the page, by the tokens that the embedding site gives. */
export type Identity = {
  /** The token in hand while it lasts, else a new one. Throws `NotSignedIn`. */
  token: () => Promise<string>;
  /** Gives up the token in hand: the server would not have it. */
  forget: () => void;
  /** Gets a new token unless the one in hand lasts until `untilMs` of this machine's clock. Never throws. */
  renewFor: (untilMs: number) => Promise<void>;
  /** Whose the token in hand is. */
  userId: () => string | null;
  /** Whether the site leads to a login of its own. */
  canSignIn: () => boolean;
  /** Leads there. Resolves to whether somebody has signed in without leaving the page. Never throws. */
  signIn: (returnTo: string) => Promise<boolean>;
};

type Held = { token: string; userId: string | null; endsAtMs: number };

/** A token that ends sooner is as good as ended: a call takes a while, and clocks differ. */
const spareMs = 20_000;
const answerMs = 15_000;

export function createIdentity(host: () => FirstcomeHost | undefined, nowMs: () => number): Identity {
  let held: Held | undefined;
  let coming: Promise<Held> | undefined;

  const ask = (): Promise<Held> => {
    coming ??= askHost(host())
      .then((token) => (held = readToken(token)))
      .finally(() => {
        coming = undefined;
      });
    return coming;
  };
  return {
    token: async () => {
      if (held !== undefined && held.endsAtMs - spareMs > nowMs()) return held.token;
      return (await ask()).token;
    },
    forget: () => {
      held = undefined;
    },
    renewFor: async (untilMs) => {
      if (held === undefined || held.endsAtMs < untilMs) await ask().catch(() => undefined);
    },
    userId: () => held?.userId ?? null,
    canSignIn: () => typeof host()?.signIn === 'function',
    signIn: async (returnTo) => {
      try {
        await host()?.signIn?.({ returnTo });
        held = undefined;
        await ask();
        return true;
      } catch {
        return false;
      }
    },
  };
}

async function askHost(host: FirstcomeHost | undefined): Promise<string> {
  if (host === undefined) throw new NotSignedIn('The site gives no identity: window.firstcome is not there.');
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`getToken() did not answer within ${answerMs} ms.`)), answerMs);
  });
  try {
    const token: unknown = await Promise.race([host.getToken(), late]);
    if (typeof token !== 'string' || token === '') throw new Error('getToken() gave no token.');
    return token;
  } catch (cause) {
    throw new NotSignedIn('The site gave no token.', { cause });
  } finally {
    clearTimeout(timer);
  }
}

/** What the token says of itself. Nothing here is trusted: the server checks it. */
export function readToken(token: string): Held {
  const { sub, exp } = payloadOf(token);
  return {
    token,
    userId: typeof sub === 'string' ? sub : null,
    endsAtMs: typeof exp === 'number' ? exp * 1_000 : Infinity,
  };
}

function payloadOf(token: string): { sub?: unknown; exp?: unknown } {
  try {
    const base64 = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const payload: unknown = JSON.parse(atob(base64));
    return typeof payload === 'object' && payload !== null ? payload : {};
  } catch {
    return {};
  }
}
