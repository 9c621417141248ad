/**
 * Node's arguments for a command. They keep memory use nearly the same for a million claims as for a few, without
 * making commands slower. Nearly all memory above the minimum is garbage, which V8 otherwise lets grow towards the heap
 * limit, 4 GB on a large machine.
 *
 * Peak resident memory of `reconcile` and `claims export` with 1,000,000 claims on a machine with 24 GiB: 306 and 369
 * MB with the limit on young objects alone, 204 and 233 MB with both limits. The minimum for any command is 180 MB.
 */
export const nodeArgs = ['--max-semi-space-size=8', '--max-old-space-size=1024'];
