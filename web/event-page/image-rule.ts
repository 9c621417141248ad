/**
 * Returns the sources of images that the served page allows. The browser would block any other image and leave a hole
 * in the page.
 */
export function imageRule(): (imageUrl: string) => boolean {
  const content = document.querySelector<HTMLMetaElement>('meta[name=firstcome-images]')?.content;
  if (content === undefined || content === '') return () => true;
  const origins = new Set([location.origin, ...content.split(' ')]);
  return (imageUrl) => URL.canParse(imageUrl) && origins.has(new URL(imageUrl).origin);
}
