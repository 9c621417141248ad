import { TypedField, type TypedFieldProps } from '../parts/typed-field.tsx';
import { readWhole, showWhole } from '../parts/typed-values.ts';

/** A field for a whole number, which the admin may type as `10000`, `10,000` or `1만`. */
export function WholeField(props: TypedFieldProps) {
  return <TypedField {...props} inputMode="numeric" read={readDigits} show={showWhole} />;
}

const readDigits = (text: string): string | null => {
  const value = readWhole(text);
  return value === null ? null : String(value);
};
