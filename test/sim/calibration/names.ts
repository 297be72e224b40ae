/**
 * What an end says, in texts that are the same for every run: SPIs become A, B ... and a, b ... as they appear.
 */

import type { EndName } from './script.ts';

export interface ChildView {
  /** The same at both ends for one CHILD_SA and different for any other. */
  readonly key: string;
  /** charon's `uniqueid`. */
  readonly id: string;
  readonly name: string;
  readonly state: string;
}

export interface IkeSaView {
  /** charon's `uniqueid`. */
  readonly id: string;
  /** Of the initiator: the same at both ends. */
  readonly spi: string;
  /** Whether the responder's SPI is still unknown. */
  readonly isUnanswered: boolean;
  /** Name of the connection; null while half-open. */
  readonly connection: string | null;
  readonly state: string;
  readonly isInitiator: boolean;
  readonly children: readonly ChildView[];
}

export interface EventView {
  /** As VICI calls it. */
  readonly name: string;
  /** Of `ike-updown`, `child-updown`. */
  readonly isUp?: boolean;
  /** In `ike-rekey` the new one. */
  readonly sa: IkeSaView;
  /** SPI of the IKE_SA, or key of the CHILD_SA, that was rekeyed. */
  readonly former?: string;
}

/** A line of the log, of a real charon, or what it would tell, of the model. */
export interface LogView {
  /** Group and IKE_SA that the line is about, `IKE:sun[1]`; of the model `hint`. */
  readonly from: string;
  /** `uniqueid` of the IKE_SA; empty if it is about none. */
  readonly id: string;
  readonly text: string;
}

export class Names {
  readonly #ikeSas: string[] = [];
  readonly #children: string[] = [];
  readonly #spis: Record<EndName, Map<string, string>> = { moon: new Map(), sun: new Map() };

  eventText(end: EndName, { name, isUp, sa, former }: EventView): string {
    this.#spis[end].set(sa.id, sa.spi);
    const upDown = isUp === undefined ? '' : isUp ? ' up' : ' down';
    if (name === 'ike-rekey') return `${name} ${this.#ikeSa(former ?? '')} -> ${this.#withoutChildren(sa)}`;
    const formerChild = name === 'child-rekey' ? `${this.#child(former ?? '')} -> ` : '';
    const children = name.startsWith('child-') ? ` with ${this.#childTexts(sa, formerChild)}` : '';
    return `${name}${upDown} ${this.#withoutChildren(sa)}${children}`;
  }

  /** One line as of `list-sas`. */
  listText(end: EndName, sa: IkeSaView): string {
    this.#spis[end].set(sa.id, sa.spi);
    const children = sa.children.length > 0 ? ` with ${this.#childTexts(sa)}` : '';
    return `${this.#withoutChildren(sa)}${sa.isUnanswered ? ' unanswered' : ''}${children}`;
  }

  /** `IKE:sun[1] A initiating ...`; `-` for an IKE_SA that was never listed. */
  logText(end: EndName, { from, id, text }: LogView): string {
    const spi = this.#spis[end].get(id);
    return `${from} ${spi === undefined ? '-' : this.#ikeSa(spi)} ${text}`;
  }

  /** The SPI of the IKE_SA, or the key of the CHILD_SA, with this name; otherwise the text itself. */
  meant(name: string): string {
    const names = name === name.toUpperCase() ? this.#ikeSas : this.#children;
    const at = name.toLowerCase().charCodeAt(0) - FIRST;
    return name.length === 1 ? (names[at] ?? name) : name;
  }

  #withoutChildren({ spi, connection, state, isInitiator }: IkeSaView): string {
    return `${this.#ikeSa(spi)} ${connection ?? '(unnamed)'} ${state}${isInitiator ? ' initiator' : ''}`;
  }

  #childTexts({ children }: IkeSaView, former = ''): string {
    const inOrder = [...children].sort((left, right) => Number(left.id) - Number(right.id));
    for (const { key } of inOrder) this.#child(key);
    // By name: each end counts in an order of its own.
    const texts = inOrder.map(({ name, key, state }) => `${name} ${former}${this.#child(key)} ${state}`);
    return texts.sort().join(', ');
  }

  #ikeSa(spi: string): string {
    return nameIn(this.#ikeSas, spi).toUpperCase();
  }

  #child(key: string): string {
    return nameIn(this.#children, key);
  }
}

const FIRST = 'a'.charCodeAt(0);
const NAMES_MAX = 26;

function nameIn(known: string[], key: string): string {
  if (!known.includes(key)) known.push(key);
  if (known.length > NAMES_MAX) throw new Error('more SAs than letters: make the scenario shorter');
  return String.fromCharCode(FIRST + known.indexOf(key));
}
