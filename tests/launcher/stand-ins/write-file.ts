import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Exits with 0 if it may write files.
writeFileSync(join(tmpdir(), 'firstcome-write-file'), '');
