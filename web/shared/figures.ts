/**
 * Writes a whole number with a comma after every three digits, as both languages do. `Intl` would do it too, but its
 * first use takes a slow phone 30 to 100 ms, before anything is drawn.
 */
export const grouped = (value: number): string => String(value).replace(/\B(?=(\d{3})+$)/g, ',');

/** A day and time in the reader's time zone. `month` and `weekday` count from 0, the latter from Sunday. */
export type Moment = {
  /** Null for the current year. */
  year: number | null;
  month: number;
  day: number;
  weekday: number;
  hour: number;
  minute: number;
};

export const twoDigits = (value: number): string => String(value).padStart(2, '0');
