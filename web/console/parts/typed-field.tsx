import { TextInput, type TextInputProps } from '@mantine/core';
import { useState, type ReactNode } from 'react';

export type TypedFieldProps = {
  label: string;
  name: string;
  /** The value as the draft stores it. */
  value: string;
  onValue: (value: string) => void;
  /**
   * Called when the reader leaves the field, because the field shows its problem only then, not while the reader types.
   */
  onLeave?: () => void;
  error?: string | undefined;
  /** An explanation of the typed text, shown below the field. */
  about?: ReactNode;
} & Pick<TextInputProps, 'required' | 'inputMode' | 'placeholder' | 'rightSection'>;

type Forms = {
  /** Converts typed text to the draft's form. Null if the text can't be read. */
  read: (text: string) => string | null;
  /** Converts the draft's value to the text that the field shows while nobody types in it. */
  show: (value: string) => string;
};

/**
 * A field for values that people write in several ways. While somebody types in it, the field shows their text
 * unchanged.
 */
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
