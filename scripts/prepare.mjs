// For container images: makes the checkout ready to run, but runs nothing.
import { prepare } from './bootstrap.mjs';

await prepare({ pages: true });
