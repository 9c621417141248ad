/**
 * From where pictures may be shown, as the served page says: the browser would refuse others, and then there would be a hole
 * in the page.
 */
export function imageRule(): (imageUrl: string) => boolean {
  const content = document.querySelector<HTMLMetaElement>('meta[name=firstcome-images]')?.content;
  if (content === undefined || content === '') return () => true;
  const origins = new Set([location.origin, ...content.split(' ')]);
  return (imageUrl) => URL.canParse(imageUrl) && origins.has(new URL(imageUrl).origin);
}
