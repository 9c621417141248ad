export type Sample = { name: string; labels: Record<string, string>; value: number };

/**
 * Parses the text format strictly: every line must be a comment of a known kind, or a sample of a metric that was
 * declared before.
 */
export function parseMetrics(text: string): Sample[] {
  const announced = new Map<string, string>();
  const samples: Sample[] = [];
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line);
    if (comment !== null) {
      const [, kind, name = '', rest = ''] = comment;
      if (kind === 'TYPE') announced.set(name, rest);
      continue;
    }
    const sample = /^([a-z_][a-z0-9_]*)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (sample === null) throw new Error(`This line is not a sample: ${line}`);
    const [, name = '', labels = '', value = ''] = sample;
    const family = [name, name.replace(/_(bucket|sum|count)$/, '')].find((candidate) => announced.has(candidate));
    if (family === undefined) throw new Error(`Nobody announced ${name}`);
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(
      ([, key = '', text = '']): [string, string] => [key, text],
    );
    samples.push({ name, labels: Object.fromEntries(pairs), value: Number(value.replace('+Inf', 'Infinity')) });
  }
  return samples;
}

/** The value of the first sample with this name and these labels. */
export const valueOf = (samples: Sample[], name: string, labels: Record<string, string> = {}): number | undefined =>
  samples.find(
    (sample) => sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
  )?.value;
