import { TextInput, type TextInputProps } from '@mantine/core';
import { useState, type ReactNode } from 'react';

export type TypedFieldProps = {
  label: string;
  name: string;
  /** The value as the draft keeps it. */
  value: string;
  onValue: (value: string) => void;
  /** Called when the reader leaves the field. Its problem is shown then, not while the reader is typing. */
  onLeave?: () => void;
  error?: string | undefined;
  /** Below the field: what the typed text means. */
  about?: ReactNode;
} & Pick<TextInputProps, 'required' | 'inputMode' | 'placeholder' | 'rightSection'>;

type Forms = {
  /** The typed text as the draft keeps it; null if it can't be read. */
  read: (text: string) => string | null;
  /** How the field shows the kept value while nobody types. */
  show: (value: string) => string;
};

/** A field for values that people may write in several ways. While somebody types, it shows exactly what is typed. */
export function TypedField({ value, onValue, onLeave, about, read, show, ...rest }: TypedFieldProps & Forms) {
  const [typing, setTyping] = useState<string | null>(null);
  return (
    <TextInput
      {...rest}
      withAsterisk={false}
      autoComplete="off"
      description={about}
      value={typing ?? show(value)}
      onFocus={() => setTyping(show(value))}
      onChange={({ currentTarget }) => {
        setTyping(currentTarget.value);
        onValue(read(currentTarget.value) ?? currentTarget.value.trim());
      }}
      onBlur={() => {
        setTyping(null);
        onLeave?.();
      }}
    />
  );
}
