import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Where files may be written, this ends with 0.
writeFileSync(join(tmpdir(), 'firstcome-write-file'), '');
