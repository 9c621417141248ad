/**
 * How Node runs a command, so that reading a million claims takes no more memory than reading a few, and not longer. All of it
 * is garbage: V8 lets it grow with what it may have, which is 4 GB on a large machine. Resident at most, `reconcile` and
 * `claims export` of 1,000,000 claims, on 24 GiB: 306 and 369 MB with the bound of the young objects alone, 204 and 233 MB
 * with both. The least that a command has is 180.
 */
export const nodeArgs = ['--max-semi-space-size=8', '--max-old-space-size=1024'];
