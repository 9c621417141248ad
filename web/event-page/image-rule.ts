/**
 * Returns a function that says whether the page may load a picture. The browser would block any other picture, and
 * leave an empty space in its place.
 */
export function imageRule(): (imageUrl: string) => boolean {
  const content = document.querySelector<HTMLMetaElement>('meta[name=firstcome-images]')?.content;
  if (content === undefined || content === '') return () => true;
  const origins = new Set([location.origin, ...content.split(' ')]);
  return (imageUrl) => URL.canParse(imageUrl) && origins.has(new URL(imageUrl).origin);
}
