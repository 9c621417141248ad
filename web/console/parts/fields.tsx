import { NativeSelect, Textarea, TextInput, type NativeSelectProps, type TextInputProps } from '@mantine/core';

type Common = {
  label: string;
  name?: string;
  value: string;
  onValue: (value: string) => void;
  /** An explanation, shown below the label. */
  hint?: string | undefined;
  /** The server's message about the value. */
  error?: string | undefined;
};

type FieldProps = Common &
  Pick<
    TextInputProps,
    'required' | 'type' | 'inputMode' | 'pattern' | 'autoComplete' | 'placeholder' | 'list' | 'autoCapitalize' | 'step'
  >;

/** A text field with one line. */
export function Field({ value, onValue, hint, error, ...rest }: FieldProps) {
  return (
    <TextInput
      {...rest}
      withAsterisk={false}
      description={hint}
      error={error}
      value={value}
      onChange={({ currentTarget }) => onValue(currentTarget.value)}
    />
  );
}

/**
 * A field for text with several lines. Browsers return its line endings as `
 * `.
 */
export function TextArea({ value, onValue, hint, error, ...rest }: Common & { required?: boolean }) {
  return (
    <Textarea
      {...rest}
      autosize
      minRows={3}
      maxRows={14}
      description={hint}
      error={error}
      value={value}
      onChange={({ currentTarget }) => onValue(currentTarget.value)}
    />
  );
}

type ChoiceProps = Common & Pick<NativeSelectProps, 'data'>;

/** A choice between a few values. */
export function Choice({ value, onValue, hint, error, ...rest }: ChoiceProps) {
  return (
    <NativeSelect
      {...rest}
      description={hint}
      error={error}
      value={value}
      onChange={({ currentTarget }) => onValue(currentTarget.value)}
    />
  );
}
