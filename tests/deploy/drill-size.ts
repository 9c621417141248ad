/**
 * How many claims the drill of a restore makes in its first event; half as many in its second. With DRILL_CLAIMS=20000, it
 * takes three minutes and prints the times that docs/deploy.md has.
 */
const asked = process.env['DRILL_CLAIMS'];
export const drill = { claims: Number(asked ?? 400), printsTimes: asked !== undefined };
