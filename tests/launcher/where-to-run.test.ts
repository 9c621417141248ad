import { describe, expect, it } from 'vitest';
import { dependsOnEngine, type Place, type Situation, whereToRun } from '../../scripts/services/where-to-run.ts';

const servers = ['redis-server', 'mariadb-server-core'];
const running = { version: '28.0.0', reason: '' };
const none = { version: null, reason: 'Cannot connect to the Docker daemon' };
const situation = (changes: Partial<Situation> = {}): Situation => ({
  ...{ wanted: undefined, kept: null, missing: servers, isTerminal: true, dataDir: '/shop/.data' },
  ...changes,
});

describe('npm start', () => {
  it('offers containers on a terminal if a server is missing and a Docker engine answers', () => {
    expect(whereToRun(situation(), running)).toEqual({ run: 'ask' });
    expect(whereToRun(situation({ missing: ['redis-server'] }), running)).toEqual({ run: 'ask' });
  });

  it.each([
    ['there is no terminal', situation({ isTerminal: false }), running],
    ['no engine answers', situation(), none],
    ['both servers are installed', situation({ missing: [] }), running],
    ['the user wants the machine’s own servers', situation({ wanted: 'local' }), running],
    ['an earlier start used the machine’s own servers', situation({ kept: 'local' }), running],
  ])('runs Redis and MySQL on the machine without asking if %s', (_, given, engine) => {
    expect(whereToRun(given, engine)).toEqual({ run: 'local' });
  });

  it.each([
    ['--services docker was given', situation({ wanted: 'docker', isTerminal: false })],
    ['--services docker was given, although both servers are installed', situation({ wanted: 'docker', missing: [] })],
    ['an earlier start has its data in containers', situation({ kept: 'docker', missing: [], isTerminal: false })],
  ])('runs Redis and MySQL in containers without asking if %s', (_, given) => {
    expect(whereToRun(given, running)).toEqual({ run: 'docker' });
  });

  it('refuses to start if the data is in Docker volumes and no engine answers, and says why', () => {
    expect(whereToRun(situation({ kept: 'docker', missing: [] }), none)).toEqual({
      refuse:
        'The data of /shop/.data is in Docker volumes, but no Docker engine answers (Cannot connect to the Docker daemon). ' +
        'Start Docker, and run the same command again.',
    });
    expect(whereToRun(situation({ wanted: 'docker' }), none)).toMatchObject({
      refuse: expect.stringContaining('no Docker engine answers') as unknown,
    });
  });

  it.each<[Place, Place]>([
    ['docker', 'local'],
    ['local', 'docker'],
  ])('refuses --services %s if an earlier start has its data in the other place', (wanted, kept) => {
    expect(whereToRun(situation({ wanted, kept }), running)).toMatchObject({
      refuse: expect.stringMatching(
        new RegExp(`^The data of /shop/\\.data is .* Leave out --services ${wanted}, or set FIRSTCOME_DATA_DIR`),
      ) as unknown,
    });
  });

  it('does not ask the Docker engine if its answer would change nothing', () => {
    expect(dependsOnEngine(situation())).toBe(true);
    expect(dependsOnEngine(situation({ wanted: 'docker', missing: [] }))).toBe(true);
    expect(dependsOnEngine(situation({ kept: 'docker', missing: [] }))).toBe(true);
    for (const changes of [{ missing: [] }, { wanted: 'local' as const }, { kept: 'local' as const }])
      expect(dependsOnEngine(situation(changes))).toBe(false);
  });
});
