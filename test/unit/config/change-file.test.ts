/** A file put in place of another: whole or not at all. */
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { planListChange, replaceFile } from '../../../src/config/change-file.ts';

function directory(): string {
  const made = mkdtempSync(join(tmpdir(), 'change-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

describe('replaceFile', () => {
  it('puts the new text in place, with the mode of the old file, and leaves nothing else', () => {
    const place = directory();
    const file = join(place, 'a.yaml');
    writeFileSync(file, 'old');
    chmodSync(file, 0o604);
    replaceFile(file, 'old', 'new \u00e9');
    expect(readFileSync(file, 'utf8')).toBe('new \u00e9');
    expect(statSync(file).mode & 0o7777).toBe(0o604);
    expect(readdirSync(place)).toEqual(['a.yaml']);
  });

  it('keeps the owner', () => {
    const file = join(directory(), 'a.yaml');
    writeFileSync(file, 'old');
    const { uid, gid } = statSync(file);
    replaceFile(file, 'old', 'new');
    expect(statSync(file)).toMatchObject({ uid, gid });
  });

  it('does not overwrite what somebody else has written meanwhile', () => {
    const place = directory();
    const file = join(place, 'a.yaml');
    writeFileSync(file, 'newer');
    expect(() => replaceFile(file, 'old', 'new')).toThrowError(/somebody else has changed it/);
    expect(readFileSync(file, 'utf8')).toBe('newer');
    expect(readdirSync(place)).toEqual(['a.yaml']);
  });

  it('says why it could not, and what is there stays', () => {
    expect(() => replaceFile('/nonexistent/a.yaml', 'old', 'new')).toThrowError(
      expect.objectContaining({ code: 'CONFIG_UNREADABLE', message: expect.stringContaining('ENOENT') }),
    );
    const place = directory();
    mkdirSync(join(place, 'a.yaml'));
    expect(() => replaceFile(join(place, 'a.yaml'), 'old', 'new')).toThrowError(/can't write/);
    expect(readdirSync(place)).toEqual(['a.yaml']);
  });
});

describe('planListChange', () => {
  it('finds the list in the file that has it, and writes nothing', () => {
    const place = directory();
    mkdirSync(join(place, 'conf.d'));
    writeFileSync(join(place, 'main.yaml'), 'version: 1\nservices: { s: { peer-list: l } }\n');
    const dropIn = join(place, 'conf.d', 'l.yaml');
    writeFileSync(dropIn, 'peer-lists: { l: { family: ipv6, addresses: [] } }\n');
    const plan = planListChange(join(place, 'main.yaml'), {
      action: 'add',
      list: 'l',
      address: '2001:DB8:0::1',
    });
    expect(plan).toEqual({
      file: dropIn,
      address: '2001:db8::1',
      before: 'peer-lists: { l: { family: ipv6, addresses: [] } }\n',
      after: 'peer-lists: { l: { family: ipv6, addresses: ["2001:DB8:0::1"] } }\n',
    });
    expect(readFileSync(dropIn, 'utf8')).toBe(plan.before);
  });

  it('does not touch a configuration that is wrong already', () => {
    const file = join(directory(), 'main.yaml');
    writeFileSync(file, 'version: 1\nservces: {}\npeer-lists: { l: { family: ipv4, addresses: [] } }\n');
    expect(() => planListChange(file, { action: 'add', list: 'l', address: '192.0.2.1' })).toThrowError(
      expect.objectContaining({ code: 'CONFIG_INVALID' }),
    );
  });
});
