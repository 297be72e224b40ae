/** What charon itself says, over VICI: versions, load, connections and SAs. Nothing is asked that could hold a key. */
import { listConns, listSas, type Section, Session, stats, type Value, version } from '../../vici/index.ts';
import { withoutSecret } from './redact.ts';

const TIMEOUT_MS = 5_000;
/** Connections, and IKE_SAs, that a report holds. */
const ITEMS_MAX = 2_000;

/** charon's view as lines. @throws VICI_CLOSED, VICI_TIMEOUT, VICI_PROTOCOL */
export async function charonDump(socket: string): Promise<string> {
  const session = await Session.connect(socket, { timeoutMs: TIMEOUT_MS });
  try {
    const who = await version(session);
    const load = await stats(session);
    const parts = [`${who.daemon} ${who.version} on ${who.sysname} ${who.release} ${who.machine}`, '[stats]'];
    parts.push(...linesOf(load.message, 1), '[list-conns]');
    let left = ITEMS_MAX;
    for await (const { section } of listConns(session)) {
      if (left-- === 0) break;
      parts.push(...sectionLines(section, 1));
    }
    parts.push('[list-sas]');
    left = ITEMS_MAX;
    for await (const { section } of listSas(session)) {
      if (left-- === 0) break;
      parts.push(...sectionLines(section, 1));
    }
    return parts.map((line) => `${line}\n`).join('');
  } finally {
    session.close();
  }
}

function sectionLines(section: Section, depth: number): string[] {
  return [`${'  '.repeat(depth)}${section.name}:`, ...linesOf(section, depth + 1)];
}

/** As swanctl's tree, two blanks a level. */
function linesOf(section: Section, depth: number): string[] {
  const indent = '  '.repeat(depth);
  return section.entries.flatMap((entry) => {
    if (entry.kind === 'section') return sectionLines(entry, depth);
    const values = entry.kind === 'list' ? entry.items : [entry.value];
    return [`${indent}${entry.name} = ${values.map((value) => textOf(entry.name, value)).join(', ')}`];
  });
}

function textOf(name: string, value: Value): string {
  return typeof value === 'string' ? withoutSecret(name, value) : `(${value.length} bytes)`;
}
