/**
 * Yields the pages of a source, and requests the next page while the reader works on the current one. Ends the source
 * if the reader stops early.
 */
export async function* readAhead<Page>(pages: AsyncGenerator<Page>): AsyncGenerator<Page> {
  const ask = () => {
    const asked = pages.next();
    // The reader gets the error when it asks for the next page.
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
