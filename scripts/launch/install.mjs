// For container images: installs only the dependencies, so that Docker can cache this step until they change.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDependencies } from './dependencies.mjs';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const say = (line) => process.stderr.write(`firstcome: ${line}\n`);

try {
  await ensureDependencies(root, say);
} catch (error) {
  say(error.message);
  process.exit(1);
}
