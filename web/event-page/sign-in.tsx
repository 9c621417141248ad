import { usePage } from '../shared/page-context.ts';
import { Notice } from './notice.tsx';

/** Shown if nobody is signed in. The button opens the site's login. If the site has no login, the button reloads the page. */
export function SignIn({ text }: { text: string }) {
  const { identity, messages } = usePage();
  const { claim: texts } = messages;
  const canSignIn = identity.canSignIn();
  const go = (): void => {
    if (!canSignIn) location.reload();
    // If the site opened its login in a separate window, this page is still open. Reload it, so that it uses the new
    // identity.
    else void identity.signIn(location.href).then((done) => done && location.reload());
  };
  return (
    <Notice title={texts.signIn} text={text}>
      <button type="button" className="primary" name="sign-in" onClick={go}>
        {canSignIn ? texts.signInAction : texts.retry}
      </button>
    </Notice>
  );
}
