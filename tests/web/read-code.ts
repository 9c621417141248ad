import {
  BarcodeFormat,
  BinaryBitmap,
  DecodeHintType,
  HybridBinarizer,
  MultiFormatReader,
  RGBLuminanceSource,
} from '@zxing/library';
import type { Locator } from 'playwright-core';

/**
 * Reads the code from a screenshot of `code`, as a till's reader would. Throws if the picture contains no readable
 * code.
 */
export async function readCode(code: Locator, format: 'QR_CODE' | 'CODE_128'): Promise<string> {
  await code.scrollIntoViewIfNeeded();
  const png = (await code.screenshot({ scale: 'device' })).toString('base64');
  const { width, height, grey } = await code.page().evaluate<Pixels>(readPixels(png));
  const source = new RGBLuminanceSource(Uint8ClampedArray.from(grey), width, height);
  const hints = new Map<DecodeHintType, unknown>([
    [DecodeHintType.POSSIBLE_FORMATS, [BarcodeFormat[format]]],
    [DecodeHintType.TRY_HARDER, true],
  ]);
  return new MultiFormatReader().decode(new BinaryBitmap(new HybridBinarizer(source)), hints).getText();
}

type Pixels = { width: number; height: number; grey: number[] };

/** This function runs in a page, because a browser can decode PNG. */
const readPixels = (png: string): string => `new Promise((resolve, reject) => {
    const image = new Image();
    image.onerror = () => reject(new Error('The picture of the code could not be decoded.'));
    image.onload = () => {
      const canvas = new OffscreenCanvas(image.width, image.height);
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0);
      const { data } = context.getImageData(0, 0, image.width, image.height);
      const grey = [];
      for (let at = 0; at < data.length; at += 4) grey.push(Math.round((data[at] + data[at + 1] + data[at + 2]) / 3));
      resolve({ width: image.width, height: image.height, grey });
    };
    image.src = 'data:image/png;base64,${png}';
  })`;
