import { givenUpBySignal } from '../scripts/command/interrupted.ts';
import { runCommand } from '../scripts/command/npm-command.ts';
import { flashSaleCommand, type FlashSaleOptions } from './flash-sale/options.ts';
import { reportSale } from './flash-sale/report.ts';
import { runSale, type SaleResult } from './flash-sale/run-sale.ts';
import { findSystem } from './flash-sale/system.ts';

const exitCodes: Record<SaleResult['verdict'], number> = { held: 0, broken: 3, unknown: 1 };

async function main(options: FlashSaleOptions): Promise<number> {
  // With --json, stdout gets only the result, so other lines go to stderr.
  const out = options.json ? process.stderr : process.stdout;
  const say = (line: string): void => void out.write(`${line}\n`);
  const signal = givenUpBySignal('the sale', say);
  const system = await findSystem(process.env, say, signal);
  try {
    const result = await runSale(options, system, out, signal);
    process.stdout.write(options.json ? `${JSON.stringify(result, null, 2)}\n` : reportSale(result));
    return exitCodes[result.verdict];
  } catch (err) {
    if (!signal.aborted) throw err;
    return 1;
  } finally {
    await system.stop();
  }
}

await runCommand(flashSaleCommand, main);
