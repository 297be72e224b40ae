/**
 * Everything that one charon tells over VICI by itself, in the words of the calibration. One tap per life of a charon.
 */

import { type MessageCursor, readLog } from '../../../src/vici/index.ts';
import { decodeMessage, type Section } from '../../../src/vici/message.ts';
import { Session } from '../../../src/vici/session.ts';
import type { ChildView, EventView, IkeSaView, LogView } from '../../sim/calibration/names.ts';
import type { EndName } from '../../sim/calibration/script.ts';
import { readChild, readIkeSa } from './read-sas.ts';

const EVENTS = ['ike-updown', 'child-updown', 'ike-rekey', 'child-rekey', 'ike-update'] as const;

/** More than the daemon reads: what it makes of a line may change, and the recordings needn't. */
const TELLING =
  /initiating|giving up|trying again|establishing|failed|^parsed (?:INFORMATIONAL|CREATE_CHILD_SA)|duplicate|notify|not responding|^no |reauth|collision|unable/;
/** SPIs of CHILD_SAs. */
const CHANGING = /\b[0-9a-f]{8}(?=_[io]\b)|\b(?<=SPI )[0-9a-f]{8}\b/g;

export class EventTap {
  readonly #session: Session;
  readonly #end: EndName;
  #events: EventView[] = [];
  #log: LogView[] = [];

  private constructor(session: Session, end: EndName) {
    this.#session = session;
    this.#end = end;
  }

  /** @param before the tap of the charon's life before, of which something may not have been taken yet */
  static async start(socket: string, end: EndName, before: EventTap | null = null): Promise<EventTap> {
    const session = await Session.connect(socket);
    const tap = new EventTap(session, end);
    tap.#events = [...(before?.takeEvents() ?? [])];
    tap.#log = [...(before?.takeLog() ?? [])];
    await session.subscribe(EVENTS, (name, body) => tap.#event(name, decodeMessage(body)));
    await session.subscribe(['log'], (_name, body) => tap.#line(body));
    return tap;
  }

  get isOpen(): boolean {
    return this.#session.isOpen;
  }

  takeEvents(): EventView[] {
    return this.#events.splice(0);
  }

  takeLog(): LogView[] {
    return this.#log.splice(0);
  }

  #event(name: string, message: Section): void {
    const section = message.sections()[0];
    if (!section) throw new Error(`${name} without an IKE_SA`);
    this.#events.push(this.#read(name, message, section));
  }

  #read(name: string, message: Section, section: Section): EventView {
    switch (name) {
      case 'ike-rekey': {
        const [old, young] = [section.section('old'), section.section('new')];
        if (!old || !young) throw new Error('ike-rekey without old and new');
        return { name, sa: this.#named(section, young), former: this.#named(section, old).spi };
      }
      case 'child-rekey': {
        const child = section.section('child-sas')?.sections()[0];
        const [old, young] = [child?.section('old'), child?.section('new')];
        if (!old || !young) throw new Error('child-rekey without old and new');
        const children = [readChild(this.#end, young)] satisfies ChildView[];
        return {
          name,
          sa: { ...readIkeSa(this.#end, section), children },
          former: readChild(this.#end, old).key,
        };
      }
      case 'ike-updown':
      case 'child-updown':
        return { name, isUp: message.isYes('up'), sa: readIkeSa(this.#end, section) };
      default:
        return { name, sa: readIkeSa(this.#end, section) };
    }
  }

  /** The old and the new one of a rekeying go by the name of the section above. */
  #named(above: Section, section: Section): IkeSaView {
    const connection = above.name === '(unnamed)' ? null : above.name;
    return { ...readIkeSa(this.#end, section), connection };
  }

  #line(body: MessageCursor): void {
    const { group, ikesaName, ikesaUniqueid, message } = readLog(body);
    if (!TELLING.test(message)) return;
    const from = `${group}:${ikesaName}[${ikesaUniqueid}]`;
    this.#log.push({ from, id: ikesaUniqueid, text: message.replaceAll(CHANGING, 'SPI') });
  }
}
