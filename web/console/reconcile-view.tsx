import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useConsole } from './console-context.ts';
import { Facts, Field, TroubleNote } from './parts.tsx';

/** Compares both stores for an event, explains the differences, and repairs those that can be repaired. */
export function ReconcileView({ eventId }: { eventId: string }) {
  const { client, words, announce, language } = useConsole();
  const [reason, setReason] = useState('');
  const [sure, setSure] = useState(false);
  /** After the admin declines the repair, its button returns and takes the focus back from the question. */
  const [declined, setDeclined] = useState(false);
  const compare = useRef<HTMLButtonElement>(null);
  const confirm = useRef<HTMLButtonElement>(null);
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: (repair: boolean) =>
      client.admin.reconcile.mutate({ eventId, repair, ...(reason !== '' && { reason }) }),
    onSuccess: ({ verdict, repaired }) => {
      setSure(false);
      announce(`${words.verdicts[verdict]} ${repaired > 0 ? words.repairedCount(repaired) : ''}`);
    },
  });
  // A button loses the focus while it is disabled during a call.
  useEffect(() => {
    if (error !== null && isFocusFree()) (confirm.current ?? compare.current)?.focus();
  }, [error]);
  const number = new Intl.NumberFormat(language);
  return (
    <>
      <h1>{words.reconcile}</h1>
      <p className="meta">{words.reconcileAbout}</p>
      <p>
        <a href={`#/events/${eventId}`}>{words.back}</a>
      </p>
      <Field label={words.reason} name="reason" value={reason} onValue={setReason} hint={words.reasonHint} />
      <div className="actions">
        <button ref={compare} type="button" className="main-action" disabled={isPending} onClick={() => mutate(false)}>
          {words.compare}
        </button>
        {data?.verdict === 'drift' && !sure ? (
          <button
            type="button"
            className="quiet"
            autoFocus={declined}
            disabled={isPending}
            onClick={() => {
              setDeclined(false);
              setSure(true);
            }}
          >
            {words.repair}
          </button>
        ) : null}
      </div>
      {sure ? (
        <div className="card" role="group" aria-label={words.repair}>
          <p>{words.repairAsk}</p>
          <div className="actions">
            <button
              ref={confirm}
              type="button"
              className="main-action"
              data-confirm=""
              autoFocus
              disabled={isPending}
              onClick={() => mutate(true)}
            >
              {words.repair}
            </button>
            <button
              type="button"
              className="quiet"
              onClick={() => {
                setDeclined(true);
                setSure(false);
              }}
            >
              {words.cancel}
            </button>
          </div>
        </div>
      ) : null}
      {isPending ? <Working /> : null}
      <TroubleNote error={error} />
      {data === undefined || isPending ? null : (
        <section className="card" data-verdict={data.verdict} aria-label={words.report}>
          <ResultHeading text={words.verdicts[data.verdict]} />
          <Facts
            rows={[
              [words.round, number.format(data.round)],
              [words.issued, number.format(data.issued)],
              [words.persisted, number.format(data.persisted)],
              [words.pending, number.format(data.pending)],
              [words.reserved, number.format(data.reserved)],
              [words.repaired, number.format(data.repaired)],
            ]}
          />
          {data.findings.map(({ kind, count, examples }) => (
            <div key={kind} data-finding={kind}>
              <h3>
                {kind}: {number.format(count)}
              </h3>
              <p>{words.kinds[kind]}</p>
              <ul lang="en">
                {examples.map(({ serial, userId, detail }, at) => (
                  <li key={at}>
                    {serial === null ? '' : `#${serial} `}
                    {userId === null ? '' : `${userId} `}
                    {detail}
                  </li>
                ))}
              </ul>
            </div>
          ))}
          {data.advice.map((text) => (
            <p key={text} lang="en">
              {text}
            </p>
          ))}
        </section>
      )}
    </>
  );
}

/**
 * Takes over the button's focus, unless the focus has moved elsewhere. React creates this element anew for each result.
 */
function ResultHeading({ text }: { text: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (isFocusFree()) heading.current?.focus();
  }, []);
  return (
    <h2 ref={heading} tabIndex={-1}>
      {text}
    </h2>
  );
}

const isFocusFree = (): boolean => document.activeElement === null || document.activeElement === document.body;

/** Shows that a call takes time. The seconds are hidden from screen readers, which would read each of them aloud. */
function Working() {
  const { words } = useConsole();
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setSeconds((held) => held + 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  return (
    <p>
      <span role="status">{words.working}</span> <progress aria-label={words.working} />{' '}
      <span aria-hidden>{seconds} s</span>
    </p>
  );
}
