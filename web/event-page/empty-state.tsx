type Props = { title: string; text: string; href: string; action: string };

export function EmptyState({ title, text, href, action }: Props) {
  return (
    <div className="message">
      <h2>{title}</h2>
      <p>{text}</p>
      <a className="primary" href={href}>
        {action}
      </a>
    </div>
  );
}
