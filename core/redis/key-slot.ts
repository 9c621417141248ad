export const slotCount = 16_384;

/** CRC-16/XMODEM of each byte, as Redis Cluster uses it. */
const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit += 1) crc = (crc & 0x8000) === 0 ? crc << 1 : (crc << 1) ^ 0x1021;
  return crc & 0xffff;
});

/** The cluster slot of a hash tag, which is the slot of every key with `{tag}` in it. Tags are ASCII. */
export function slotOfTag(tag: string): number {
  let crc = 0;
  for (let i = 0; i < tag.length; i += 1) {
    crc = ((crc << 8) ^ (table[((crc >> 8) ^ tag.charCodeAt(i)) & 0xff] ?? 0)) & 0xffff;
  }
  return crc % slotCount;
}
