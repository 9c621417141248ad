/** Decides nothing: the event uses `strategy`, which this version may not know. */
export type Elsewhere = { status: 'elsewhere'; strategy: string };

export const isElsewhere = (answer: object | null): answer is Elsewhere =>
  answer !== null && 'status' in answer && answer.status === 'elsewhere';
