import { useEffect } from 'react';
import { usePage } from '../shared/page-context.ts';
import { NextEvents } from './next-events.tsx';

export function NotFound() {
  const { messages, shopName } = usePage();
  useEffect(() => {
    document.title = `${messages.event.notFound} · ${shopName}`;
  }, [messages, shopName]);
  return (
    <article className="event message">
      <h1>{messages.event.notFound}</h1>
      <p>{messages.event.notFoundMore}</p>
      <NextEvents but="" />
    </article>
  );
}
