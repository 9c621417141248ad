import { useId, type TextareaHTMLAttributes } from 'react';

type TextAreaProps = TextareaHTMLAttributes<HTMLTextAreaElement> & {
  label: string;
  value: string;
  onValue: (value: string) => void;
  hint?: string | undefined;
  error?: string | undefined;
};

/** A field for a text of several lines. Browsers return its line ends as `\n`. */
export function TextArea({ label, value, onValue, hint, error, ...rest }: TextAreaProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea
        rows={4}
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
