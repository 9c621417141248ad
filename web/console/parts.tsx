import { useId, type InputHTMLAttributes, type ReactNode } from 'react';
import { formatTime } from '../shared/formats.ts';
import { useConsole } from './console-context.ts';
import { troubleOf } from './session.ts';

type FieldProps = InputHTMLAttributes<HTMLInputElement> & {
  label: string;
  value: string;
  onValue: (value: string) => void;
  hint?: string | undefined;
  error?: string | undefined;
};

/** An input with its label, and below it the server's objection to its value. */
export function Field({ label, value, onValue, hint, error, ...rest }: FieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input
        {...rest}
        id={id}
        value={value}
        aria-invalid={error !== undefined}
        aria-describedby={`${id}-more`}
        onChange={({ target }) => onValue(target.value)}
      />
      <p id={`${id}-more`} className={error === undefined ? 'meta' : 'trouble'}>
        {error ?? hint}
      </p>
    </div>
  );
}

type SelectProps = { label: string; value: string; onValue: (value: string) => void; children: ReactNode };

export function Select({ label, value, onValue, children }: SelectProps) {
  return (
    <label className="field">
      {label}
      <select value={value} onChange={({ target }) => onValue(target.value)}>
        {children}
      </select>
    </label>
  );
}

/**
 * Shows an error in the server's words. If the outcome of the call is unknown, says that the same call may be sent
 * again.
 */
export function TroubleNote({ error }: { error: unknown }) {
  const { words } = useConsole();
  if (error === null || error === undefined) return null;
  const { code, message } = troubleOf(error);
  const again = code === null || code === 'SERVICE_UNAVAILABLE' || code === 'TOO_MANY_REQUESTS';
  return (
    <p role="alert" className="trouble">
      {message} {again ? words.sendAgain : ''}
    </p>
  );
}

/** Rows of names and values. */
export function Facts({ rows }: { rows: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value ?? '–'}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A time in the reader's zone, and its distance from now. */
export function When({ at }: { at: string }) {
  const { language } = useConsole();
  const ms = Date.parse(at);
  return (
    <time dateTime={at}>
      {formatTime(language, ms)} <span className="meta">({relative(language, ms - Date.now())})</span>
    </time>
  );
}

export function relative(language: string, ms: number): string {
  const format = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
  const size = Math.abs(ms);
  if (size < 60_000) return format.format(Math.round(ms / 1_000), 'second');
  if (size < 3_600_000) return format.format(Math.round(ms / 60_000), 'minute');
  if (size < 86_400_000) return format.format(Math.round(ms / 3_600_000), 'hour');
  return format.format(Math.round(ms / 86_400_000), 'day');
}
