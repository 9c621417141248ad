import { useConsole } from './console-context.ts';

type Series = { name: string; className: string; values: readonly number[] };

const width = 600;
const height = 140;

/** Lines over the same times, from 0 up, as a picture with a text for who does not see it. */
export function Plot({ title, span, series }: { title: string; span?: string; series: readonly Series[] }) {
  const { language, words } = useConsole();
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  const top = Math.max(1, ...series.flatMap(({ values }) => values));
  const told = series.map(({ name, values }) => `${name} ${number.format(values.at(-1) ?? 0)}`).join(', ');
  // One value is a line too, where the first sample would otherwise leave an empty picture.
  const points = (values: readonly number[]): string =>
    (values.length === 1 ? [...values, ...values] : values)
      .map((value, at, all) => {
        const x = (at / Math.max(1, all.length - 1)) * width;
        return `${x.toFixed(1)},${(height - (value / top) * (height - 8) - 2).toFixed(1)}`;
      })
      .join(' ');
  return (
    <figure className="card plot">
      <figcaption>
        {title}
        {series.map(({ name, className, values }) => (
          <span key={name} className={`legend ${className}`}>
            {name}: {number.format(values.at(-1) ?? 0)}
          </span>
        ))}
        <span className="meta">
          {words.max} {number.format(top)}
          {span === undefined ? '' : ` · ${span}`}
        </span>
      </figcaption>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={`${title}: ${told}`}>
        {series.map(({ name, className, values }) => (
          <polyline key={name} className={className} points={points(values)} />
        ))}
      </svg>
    </figure>
  );
}
