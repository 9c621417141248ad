import { usePage } from '../shared/page-context.ts';
import { Notice } from './notice.tsx';

/** Shown if nobody is signed in. Leads to the shop's own login if the site offers a login; otherwise tries again. */
export function SignIn({ text }: { text: string }) {
  const { identity, messages } = usePage();
  const { claim: texts } = messages;
  const canSignIn = identity.canSignIn();
  const go = (): void => {
    if (!canSignIn) location.reload();
    // After a login in a separate window, this page is still open. Reload it, so that it uses the new identity.
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
