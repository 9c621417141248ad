/**
 * The number of claims in the first event of the restore drill; the second event gets half as many. With
 * DRILL_CLAIMS=20000, the drill takes three minutes and prints the times in docs/deploy.md.
 */
const asked = process.env['DRILL_CLAIMS'];
export const drill = { claims: Number(asked ?? 400), printsTimes: asked !== undefined };
