import { usePage } from '../shared/page-context.ts';
import { Notice } from './notice.tsx';

/** Nobody is signed in: leads to the shop's own login where the site offers one, else tries again. */
export function SignIn({ text }: { text: string }) {
  const { identity, messages } = usePage();
  const { claim: texts } = messages;
  const canSignIn = identity.canSignIn();
  const go = (): void => {
    if (!canSignIn) location.reload();
    // A login that ends on this page, as one in a window of its own does, is looked at anew.
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
