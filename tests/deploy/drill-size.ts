/**
 * How many claims the restore drill makes in its first event; its second event gets half as many. With
 * DRILL_CLAIMS=20000 the drill takes three minutes and prints the times that docs/deploy.md has.
 */
const asked = process.env['DRILL_CLAIMS'];
export const drill = { claims: Number(asked ?? 400), printsTimes: asked !== undefined };
