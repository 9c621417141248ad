// Makes the checkout ready to run (dependencies, Node 24, Prisma's client, web pages) and runs nothing: for container images.
import { prepare } from './bootstrap.mjs';

await prepare({ pages: true });
