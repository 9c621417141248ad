export type Place = 'local' | 'docker';

export type Situation = {
  /** The value of `--services`. */
  wanted: Place | undefined;
  /** Where an earlier start put the data. Null if there was none. */
  kept: Place | null;
  /** The servers that are missing on this machine. */
  missing: readonly string[];
  isTerminal: boolean;
  dataDir: string;
};

/** If the engine did not answer, `version` is null and `reason` says why. */
export type EngineAnswer = { version: string | null; reason: string };

export type Decision = { run: Place | 'ask' } | { refuse: string };

/** Whether the decision needs an answer from the Docker engine, which takes time. */
export const dependsOnEngine = ({ wanted, kept, missing }: Omit<Situation, 'dataDir'>): boolean =>
  wanted === 'docker' || kept === 'docker' || (wanted === undefined && kept === null && missing.length > 0);

/**
 * Decides where the stores run. If an earlier start created data, they run where that data is. `ask` means that the
 * launcher asks the user. If the user says no, the servers run on this machine.
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
      : ['in servers on this machine', 'Leave out --services docker'];
  return (
    `The data of ${dataDir} is ${where}, so Redis and MySQL must run there. ${how}, or set FIRSTCOME_DATA_DIR to ` +
    'another folder to start without data.'
  );
}

function noEngine({ kept, dataDir }: Situation, { reason }: EngineAnswer): string {
  const why =
    kept === 'docker'
      ? `The data of ${dataDir} is in Docker volumes, but`
      : 'With --services docker, Redis and MySQL run in containers, but';
  return `${why} no Docker engine answers${reason === '' ? '' : ` (${reason})`}. Start Docker, and run the same command again.`;
}
