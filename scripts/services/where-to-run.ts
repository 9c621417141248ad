/** Where the stores of `npm start` run: as servers on this machine, or in containers. */
export type Place = 'local' | 'docker';

export type Situation = {
  /** The value of `--services`, if given. */
  wanted: Place | undefined;
  /** Where the data of an earlier start is; null if there is none. */
  kept: Place | null;
  /** Servers that are not installed on this machine. */
  missing: readonly string[];
  isTerminal: boolean;
  dataDir: string;
};

/** The version of the container engine. If the engine does not answer, the version is null and `reason` says why. */
export type EngineAnswer = { version: string | null; reason: string };

export type Decision = { run: Place | 'ask' } | { refuse: string };

/**
 * Whether the decision depends on a container engine. Asking the engine takes time, so callers ask only if this is
 * true.
 */
export const dependsOnEngine = ({ wanted, kept, missing }: Omit<Situation, 'dataDir'>): boolean =>
  wanted === 'docker' || kept === 'docker' || (wanted === undefined && kept === null && missing.length > 0);

/**
 * Decides where the stores run. The place of an earlier start is kept, because the data is there. `ask` means that the
 * caller should ask the person at the terminal, and run the stores on this machine if the answer is no.
 */
export function whereToRun(situation: Situation, engine: EngineAnswer): Decision {
  const { wanted, kept, missing, isTerminal, dataDir } = situation;
  if (wanted !== undefined && kept !== null && wanted !== kept) return { refuse: otherData(kept, dataDir) };
  const place = wanted ?? kept;
  if (place === 'docker') return engine.version === null ? { refuse: noEngine(situation, engine) } : { run: 'docker' };
  if (place === 'local' || missing.length === 0 || engine.version === null || !isTerminal) return { run: 'local' };
  return { run: 'ask' };
}

function otherData(kept: Place, dataDir: string): string {
  const [where, how] =
    kept === 'docker'
      ? ['in Docker volumes', 'Leave out --services local']
      : ['with the servers of this machine', 'Leave out --services docker'];
  return (
    `The data of ${dataDir} is ${where}, and would be missing in the other place. ${how}, or set FIRSTCOME_DATA_DIR to ` +
    'another folder to begin without data.'
  );
}

function noEngine({ kept, dataDir }: Situation, { reason }: EngineAnswer): string {
  const why =
    kept === 'docker'
      ? `The data of ${dataDir} is in Docker volumes, but`
      : 'With --services docker, Redis and MySQL run in containers, but';
  return `${why} no Docker engine answers${reason === '' ? '' : ` (${reason})`}. Start Docker, and run the same command again.`;
}
