// For container images: prepares the checkout to run, but starts nothing.
import { prepare } from './bootstrap.mjs';

await prepare({ pages: true });
