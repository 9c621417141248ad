#!/usr/bin/env node
// Plain JavaScript, because the `node` that npm finds may be version 20; everything else runs on Node 24.
import { runTypeScript } from '../scripts/bootstrap.mjs';
import { nodeArgs } from './node-args.mjs';

await runTypeScript('admin-cli/main.ts', process.argv.slice(2), { nodeArgs });
