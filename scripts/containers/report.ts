/** A statement, whether it proved true, and what was observed. */
export type Finding = { what: string; held: boolean; seen: string };

export type Report = {
  say: (line: string) => void;
  /** Records and prints a finding. */
  judge(what: string, held: boolean, seen?: string): void;
  /** Records a figure, which `conclude` prints. */
  figure(name: string, value: string): void;
  /** Prints the figures and the verdict. Returns whether all statements were true. */
  conclude(): boolean;
};

export function createReport(write: (line: string) => void): Report {
  const findings: Finding[] = [];
  const figures: [string, string][] = [];
  const startedMs = performance.now();
  const say = (line: string) => write(`${((performance.now() - startedMs) / 1_000).toFixed(0).padStart(4)} s  ${line}`);
  return {
    say,
    judge: (what, held, seen = '') => {
      findings.push({ what, held, seen });
      say(`${held ? 'held  ' : 'BROKEN'}  ${what}${seen === '' ? '' : `: ${seen}`}`);
    },
    figure: (name, value) => figures.push([name, value]),
    conclude: () => {
      const width = Math.max(...figures.map(([name]) => name.length));
      write('');
      for (const [name, value] of figures) write(`  ${name.padEnd(width)}  ${value}`);
      const broken = findings.filter(({ held }) => !held);
      write('');
      write(
        broken.length === 0
          ? `  verdict: all ${findings.length} held`
          : `  verdict: ${broken.length} of ${findings.length} broken`,
      );
      return broken.length === 0;
    },
  };
}
