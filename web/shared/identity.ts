/** The interface that the shop's site provides (docs/web.md). */
export type FirstcomeHost = {
  /** Resolves to a token for the person who is signed in at the site. Rejects if nobody is signed in. */
  getToken(): Promise<string>;
  /**
   * Opens the site's login, which returns to `returnTo`. If the page stays open, resolves once somebody has signed in.
   */
  signIn?(to: { returnTo: string }): Promise<void> | void;
};

declare global {
  interface Window {
    firstcome?: FirstcomeHost;
  }
}

/** Thrown if nobody is signed in at the site, or if the site could not be asked. */
export class NotSignedIn extends Error {
  override name = 'NotSignedIn';
  /** Whether the site itself said that nobody is signed in. */
  readonly isSure: boolean;

  constructor(message: string, { isSure, cause }: { isSure: boolean; cause?: unknown }) {
    super(message, { cause });
    this.isSure = isSure;
  }
}

/** The current user, as the site's tokens name them. */
export type Identity = {
  /** Returns the current token, or a new one if it is no longer valid. Throws `NotSignedIn`. */
  token: () => Promise<string>;
  /** Drops the current token, because the server refused it. */
  forget: () => void;
  /** Gets a new token if the current one expires before `untilMs`, by this device's clock. Never throws. */
  renewFor: (untilMs: number) => Promise<void>;
  /** The current token's user, or null. */
  userId: () => string | null;
  /** Whether the site provides `signIn`. */
  canSignIn: () => boolean;
  /** Opens the site's login. Resolves to true if somebody has signed in and the page is still open. Never throws. */
  signIn: (returnTo: string) => Promise<boolean>;
};

type Held = { token: string; userId: string | null; endsAtMs: number };

/** A token that expires within this time counts as expired, because a call takes a while and clocks differ. */
const spareMs = 20_000;
const answerMs = 15_000;

/** Calls `onAnswer` with the user whenever the site answers; with null if nobody is signed in. */
export function createIdentity(
  host: () => FirstcomeHost | undefined,
  nowMs: () => number,
  onAnswer: (userId: string | null) => void = () => undefined,
): Identity {
  let held: Held | undefined;
  let coming: Promise<Held> | undefined;

  const ask = (): Promise<Held> => {
    coming ??= askHost(host())
      .then((token) => {
        held = readToken(token);
        if (held.userId !== null) onAnswer(held.userId);
        return held;
      })
      .catch((error: unknown) => {
        if (error instanceof NotSignedIn && error.isSure) onAnswer(null);
        throw error;
      })
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
  if (host === undefined) {
    throw new NotSignedIn('The site provides no identity: window.firstcome is missing.', { isSure: false });
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const why = `getToken() did not answer within ${answerMs} ms.`;
    timer = setTimeout(() => reject(new NotSignedIn(why, { isSure: false })), answerMs);
  });
  try {
    const token: unknown = await Promise.race([host.getToken(), late]);
    if (typeof token !== 'string' || token === '') throw new Error('getToken() returned no token.');
    return token;
  } catch (cause) {
    if (cause instanceof NotSignedIn) throw cause;
    // A failed `fetch` throws a TypeError, and so may a bug in the site's script. In both cases, the page does not know
    // who is signed in.
    throw new NotSignedIn('The site provided no token.', { isSure: !(cause instanceof TypeError), cause });
  } finally {
    clearTimeout(timer);
  }
}

/** Reads a token without verifying it, because the server verifies it. */
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
