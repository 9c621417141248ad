/** The same pages, the next of which is asked for while the reader works on one. Ends the source when the reader stops early. */
export async function* readAhead<Page>(pages: AsyncGenerator<Page>): AsyncGenerator<Page> {
  const ask = () => {
    const asked = pages.next();
    // The reader may be at work when it fails, and hears of it with the next page.
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
