// For container images: makes the checkout ready to run (dependencies, Node 24, Prisma client, web pages) and runs
// nothing.
import { prepare } from './bootstrap.mjs';

await prepare({ pages: true });
