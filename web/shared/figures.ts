/**
 * Formats a whole number with a comma after every three digits, as both languages do. `Intl` could do this, but its
 * first use takes 30 to 100 ms on a slow phone, before anything is drawn.
 */
export const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

/** A day and time in the reader's time zone. `month` and `weekday` count from 0; weekday 0 is Sunday. */
export type Moment = {
  /** Null if it is the current year. */
  year: number | null;
  month: number;
  day: number;
  weekday: number;
  hour: number;
  minute: number;
};

export const twoDigits = (value: number): string => String(value).padStart(2, '0');
