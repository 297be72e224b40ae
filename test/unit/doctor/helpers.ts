/** A host that has nothing wrong with it, and ways to spoil it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { FindingCode } from '../../../src/doctor/codes.ts';
import { type Examination, examine } from '../../../src/doctor/doctor.ts';
import type { Finding } from '../../../src/doctor/findings.ts';
import { examinePair } from '../../../src/doctor/pair/examine-pair.ts';

/** A connection with which nothing is wrong. */
export function connection(name: string, address: string, more = '', child = ''): string {
  return `
  ${name} {
    version = 2
    local_addrs = 203.0.113.1
    remote_addrs = ${address}
    unique = never
    dpd_delay = 20s
    rekey_time = 5h
    local { auth = psk
      id = hub }
    remote { auth = psk
      id = ${name} }
    children {
      net {
        local_ts = 10.0.0.0/16
        remote_ts = 10.1.0.0/16
        ${child}
      }
    }
    ${more}
  }
`;
}

export const CLEAN = {
  config: 'version: 1\nservices: { all: { connections: "*" } }\n',
  swanctl: `connections {${connection('a', '192.0.2.1')}${connection('b', '192.0.2.2')}}\n`,
  strongswan: 'charon {\n  retransmit_timeout = 2.0\n  retransmit_base = 1.3\n}\n',
} as const;

export type Host = Readonly<Record<keyof typeof CLEAN, string>>;

/** Writes the files of a host, `more` ones too, and gives the paths. */
export function write(host: Partial<Host> = {}, more: Readonly<Record<string, string>> = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'doctor-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const path = (name: string): string => join(directory, name);
  const texts = { ...CLEAN, ...host };
  writeFileSync(path('afteryou.yaml'), texts.config);
  writeFileSync(path('swanctl.conf'), texts.swanctl);
  writeFileSync(path('strongswan.conf'), texts.strongswan);
  for (const [name, text] of Object.entries(more)) writeFileSync(path(name), text);
  return {
    directory,
    configFile: path('afteryou.yaml'),
    configGiven: true,
    swanctlFile: path('swanctl.conf'),
    strongswanFile: path('strongswan.conf'),
    viciSocket: path('charon.vici'),
    asksCharon: false,
  };
}

/** Examines the files of a host; charon isn't asked. */
export function examineFiles(
  host: Partial<Host> = {},
  more: Readonly<Record<string, string>> = {},
): Promise<Examination> {
  return examine(write(host, more));
}

export async function findingsIn(
  host: Partial<Host>,
  more: Readonly<Record<string, string>> = {},
): Promise<readonly Finding[]> {
  return (await examineFiles(host, more)).findings;
}

/** Codes of what is found, each once. */
export function codesOf(findings: readonly Finding[]): FindingCode[] {
  return [...new Set(findings.map(({ code }) => code))];
}

/** What is found between the clean host and the other end's file. */
export function pairFindings(other: string, host: Partial<Host> = {}): readonly Finding[] {
  const files = write(host, { 'other.conf': other });
  return examinePair(files, join(files.directory, 'other.conf')).findings;
}
