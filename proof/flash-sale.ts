import { parseOptions, usage, UsageError, type FlashSaleOptions } from './flash-sale/options.ts';
import { reportSale } from './flash-sale/report.ts';
import { runSale, type SaleResult } from './flash-sale/run-sale.ts';
import { findSystem } from './flash-sale/system.ts';

// Whoever reads may leave (`| head`): the sale goes on to its end, and stops what it started.
process.stdout.on('error', () => undefined);

const exitCodes: Record<SaleResult['verdict'], number> = { held: 0, broken: 3, unknown: 1 };

async function main(options: FlashSaleOptions): Promise<number> {
  // With --json stdout is for the result alone.
  const out = options.json ? process.stderr : process.stdout;
  const interrupted = new AbortController();
  const interrupt = (signal: NodeJS.Signals): void => {
    out.write(`\n${signal}: the sale is given up.\n`);
    interrupted.abort(new Error(`Stopped by ${signal}.`));
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const system = await findSystem(process.env, (line) => out.write(`${line}\n`), interrupted.signal);
  try {
    const result = await runSale(options, system, out, interrupted.signal);
    process.stdout.write(options.json ? `${JSON.stringify(result, null, 2)}\n` : reportSale(result));
    return exitCodes[result.verdict];
  } catch (err) {
    if (!interrupted.signal.aborted) throw err;
    return 1;
  } finally {
    await system.stop();
  }
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === 'help') process.stdout.write(`${usage}\n`);
  else process.exitCode = await main(options);
} catch (err) {
  const isUsage = err instanceof UsageError;
  process.stderr.write(`flash-sale: ${err instanceof Error ? err.message : String(err)}\n`);
  if (isUsage) process.stderr.write('Try: npm run flash-sale -- --help\n');
  // Not by its own end: a store that can't be reached is tried again and again, as is right in a server.
  process.exit(isUsage ? 2 : 1);
}
