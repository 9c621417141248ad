import code128 from 'jsbarcode/bin/barcodes/CODE128/CODE128_AUTO.js';
import encodeQR from 'qr';

/** The empty margin that a reader needs, in modules: around a QR code, and on each side of a barcode. */
const quiet = { qr: 4, bars: 10 };

/** Draws a QR code as a path of unit squares. */
export function drawQr(text: string): { size: number; path: string } {
  const rows = encodeQR(text, 'raw', { ecc: 'medium', border: quiet.qr });
  const path = rows.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return { size: rows.length, path };
}

/** Draws a Code 128 barcode as a path of bars of height 1. */
export function drawCode128(text: string): { width: number; path: string } {
  const { data } = new code128.default(text, {}).encode();
  const path = [...data.matchAll(/1+/g)]
    .map(({ index, 0: bar }) => `M${index + quiet.bars} 0h${bar.length}v1h-${bar.length}z`)
    .join('');
  return { width: data.length + 2 * quiet.bars, path };
}
