import { z } from 'zod';

/** The code and parameters of a human-readable sentence, from which a page can make the sentence in another language. */
export const reason = z.object({ code: z.string(), params: z.record(z.string(), z.unknown()) });
