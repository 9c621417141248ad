/** Builds a page that shows all pictures. Each row is a state in one theme and one language. */
export function galleryPage(files: readonly string[]): string {
  const rows = Map.groupBy(files, (file) => file.split('.').slice(0, 3).join(' · '));
  const sections = [...rows].map(([title, row]) => {
    const pictures = row.map((file) => `<a href="${file}"><img loading="lazy" src="${file}" alt="${file}"></a>`);
    return `<h2>${title}</h2>\n<div>${pictures.join('\n')}</div>`;
  });
  return `<!doctype html>
<meta charset="utf-8">
<title>Firstcome · Gallery</title>
<style>
  body { margin: 2rem; background: #888; font-family: sans-serif; color: #fff; }
  div { display: flex; gap: 1rem; overflow-x: auto; align-items: flex-start; }
  img { height: 24rem; box-shadow: 0 1px 6px #0006; }
</style>
${sections.join('\n')}
`;
}
