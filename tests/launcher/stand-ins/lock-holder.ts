// Takes the given lock, as other processes do, and writes a line to a journal whenever it gets or releases the lock.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitForLock } from '../../../scripts/launch/file-lock.mjs';

const [path = '', journal = ''] = process.argv.slice(2);
const lock = await waitForLock(path, () => undefined);
appendFileSync(journal, `in ${process.pid}\n`);
await sleep(20);
appendFileSync(journal, `out ${process.pid}\n`);
lock.release();
