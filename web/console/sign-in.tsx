import { useState, type FormEvent } from 'react';
import type { ConsoleMessages } from './messages/en.ts';
import { troubleOf, type Session } from './session.ts';

type Props = { session: Session; words: ConsoleMessages; expired: boolean };

/** Asks for a token and keeps it in this page's memory. */
export function SignIn({ session, words, expired }: Props) {
  const [token, setToken] = useState('');
  const [busy, setBusy] = useState(false);
  const [said, setSaid] = useState<string | null>(null);
  const send = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setSaid(null);
    try {
      await session.signIn(token.trim());
    } catch (error) {
      const { code, message } = troubleOf(error);
      setSaid(code === 'UNAUTHORIZED' ? words.signIn.refused : code === 'FORBIDDEN' ? words.signIn.noRole : message);
      setBusy(false);
    }
  };
  return (
    <form className="card sign-in" onSubmit={(event) => void send(event)}>
      <h1>{words.signIn.title}</h1>
      {expired ? <p role="alert">{words.signIn.expired}</p> : null}
      <p className="meta">{words.signIn.about}</p>
      <label>
        {words.signIn.token}
        <input
          type="password"
          name="token"
          autoComplete="off"
          spellCheck={false}
          required
          autoFocus
          value={token}
          onChange={({ target }) => setToken(target.value)}
        />
      </label>
      {said === null ? null : (
        <p role="alert" className="trouble">
          {said}
        </p>
      )}
      <button className="main-action" disabled={busy}>
        {words.signIn.action}
      </button>
    </form>
  );
}
