/** Returns whether the served page allows a picture. The browser blocks others, and would leave a hole in the page. */
export function imageRule(): (imageUrl: string) => boolean {
  const content = document.querySelector<HTMLMetaElement>('meta[name=firstcome-images]')?.content;
  if (content === undefined || content === '') return () => true;
  const origins = new Set([location.origin, ...content.split(' ')]);
  return (imageUrl) => URL.canParse(imageUrl) && origins.has(new URL(imageUrl).origin);
}
