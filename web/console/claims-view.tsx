import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useConsole } from './console-context.ts';
import { ExportClaims } from './exports-view.tsx';
import { Facts, Field, Select, TroubleNote, When } from './parts.tsx';

type By = 'userId' | 'serial' | 'code';

/** Looks up one person's claim, and checks whether a coupon code is genuine. */
export function ClaimsView({ eventId }: { eventId: string }) {
  const { words, signed } = useConsole();
  return (
    <>
      <h1>{words.claims}</h1>
      <p className="meta">{words.lookupsAreNoted}</p>
      {signed.rules.seesCodes ? null : (
        <p className="meta" data-codes="masked">
          {words.codesAreMasked}
        </p>
      )}
      <p>
        <a href={`#/events/${eventId}`}>{words.back}</a>
      </p>
      <LookUp eventId={eventId} />
      <Verify eventId={eventId} />
      <ExportClaims eventId={eventId} />
    </>
  );
}

function LookUp({ eventId }: { eventId: string }) {
  const { client, words } = useConsole();
  const [by, setBy] = useState<By>('userId');
  const [value, setValue] = useState('');
  const [reason, setReason] = useState('');
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: () => {
      const asked = { eventId, ...(reason !== '' && { reason }) };
      const wanted = value.trim();
      switch (by) {
        case 'userId':
          return client.admin.claim.show.mutate({ ...asked, userId: wanted });
        case 'serial':
          return client.admin.claim.show.mutate({ ...asked, serial: Number(wanted) });
        case 'code':
          return client.admin.claim.show.mutate({ ...asked, code: wanted });
      }
    },
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    mutate();
  };
  return (
    <form className="card" onSubmit={submit} data-form="look-up">
      <h2>{words.lookUp}</h2>
      <div className="row">
        <Select label={words.by} value={by} onValue={(chosen) => setBy(chosen as By)}>
          <option value="userId">{words.userId}</option>
          <option value="serial">{words.serial}</option>
          <option value="code">{words.code}</option>
        </Select>
        <Field label={words.value} name="value" required autoComplete="off" value={value} onValue={setValue} />
        <Field label={words.reason} name="reason" value={reason} onValue={setReason} />
      </div>
      <button className="main-action" disabled={isPending}>
        {words.lookUp}
      </button>
      <TroubleNote error={error} />
      {data === undefined ? null : (
        <div role="status" data-claim={data.state}>
          <p lang="en">{data.account}</p>
          <Facts
            rows={[
              [words.state, data.state],
              [words.userId, data.claim?.userId],
              [words.serial, data.claim?.serial],
              [words.code, data.claim?.code],
              [words.claimedAt, data.claim === null ? null : <When key="at" at={data.claim.claimedAt} />],
              [words.round, data.round],
              ['Redis', data.inRedis],
              ['MySQL', data.inMySql],
            ]}
          />
        </div>
      )}
    </form>
  );
}

function Verify({ eventId }: { eventId: string }) {
  const { client, words } = useConsole();
  const [userId, setUserId] = useState('');
  const [serial, setSerial] = useState('');
  const [code, setCode] = useState('');
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: () =>
      client.admin.claim.verify.mutate({ eventId, userId: userId.trim(), serial: Number(serial), code: code.trim() }),
  });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    mutate();
  };
  return (
    <form className="card" onSubmit={submit} data-form="verify">
      <h2>{words.verify}</h2>
      <div className="row">
        <Field label={words.userId} name="userId" required autoComplete="off" value={userId} onValue={setUserId} />
        <Field label={words.serial} name="serial" required inputMode="numeric" value={serial} onValue={setSerial} />
        <Field label={words.code} name="code" required autoComplete="off" value={code} onValue={setCode} />
      </div>
      <button className="main-action" disabled={isPending}>
        {words.verify}
      </button>
      <TroubleNote error={error} />
      {data === undefined ? null : (
        <p role="status" data-genuine={data.genuine}>
          <b>{data.genuine ? words.genuine : words.notGenuine}</b> <span lang="en">{data.account}</span>
        </p>
      )}
    </form>
  );
}
