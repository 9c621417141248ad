const pageBits = 16;
const pageSize = 2 ** pageBits;

/**
 * A set of positive integers, one bit each: 100,000,000 serials take 12.5 MB; in a `Set` they would take several GB. A
 * page is allocated when its first serial is added, so a stray high serial costs only one page (8 KiB).
 */
export class SerialSet {
  readonly #pages = new Map<number, Uint32Array>();
  #highest = 0;

  /** The highest serial in the set; 0 if it is empty. */
  get highest(): number {
    return this.#highest;
  }

  /** Returns false if `serial` was already in the set. */
  add(serial: number): boolean {
    const pageNo = Math.floor(serial / pageSize);
    let page = this.#pages.get(pageNo);
    if (page === undefined) this.#pages.set(pageNo, (page = new Uint32Array(pageSize / 32)));
    const bit = serial % pageSize;
    const word = page[bit >>> 5] ?? 0;
    const mask = 1 << (bit & 31);
    if ((word & mask) !== 0) return false;
    page[bit >>> 5] = word | mask;
    this.#highest = Math.max(this.#highest, serial);
    return true;
  }

  has(serial: number): boolean {
    const word = this.#pages.get(Math.floor(serial / pageSize))?.[(serial % pageSize) >>> 5] ?? 0;
    return (word & (1 << (serial & 31))) !== 0;
  }

  isSubsetOf(other: SerialSet): boolean {
    for (const [pageNo, page] of this.#pages) {
      const theirs = other.#pages.get(pageNo);
      if (page.some((word, i) => (word & ~(theirs?.[i] ?? 0)) !== 0)) return false;
    }
    return true;
  }

  /** The runs of serials in 1..`to` that are not in the set, both ends included. */
  *gaps(to: number): Generator<{ from: number; to: number }> {
    let from: number | null = null;
    for (let serial = 1; serial <= to; serial += 1) {
      if (!this.has(serial)) from ??= serial;
      else if (from !== null) {
        yield { from, to: serial - 1 };
        from = null;
      }
    }
    if (from !== null) yield { from, to };
  }
}
