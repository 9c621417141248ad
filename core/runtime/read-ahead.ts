/**
 * Passes pages on and requests the next one while the reader works on the current one. Ends the source if the reader
 * stops early.
 */
export async function* readAhead<Page>(pages: AsyncGenerator<Page>): AsyncGenerator<Page> {
  const ask = () => {
    const asked = pages.next();
    // If it fails while the reader is at work, the reader gets the error with the next page.
    asked.catch(() => undefined);
    return asked;
  };
  let next = ask();
  try {
    for (;;) {
      const asked = await next;
      if (asked.done === true) return;
      next = ask();
      yield asked.value;
    }
  } finally {
    await next.catch(() => undefined);
    await pages.return(undefined);
  }
}
