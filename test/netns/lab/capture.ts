/**
 * What goes over the wire at one host, live: tcpdump writes to us, we keep the IKE packets and pass all on to a file.
 */
import { createWriteStream, type WriteStream } from 'node:fs';

import { type Host, WAN } from './hosts.ts';
import type { IkeExchange } from './ike-exchange.ts';
import { type IkePacket, parseIpPacket } from './ike-packet.ts';
import { ManagedProcess } from './managed-process.ts';
import { PcapReader } from './pcap.ts';
import { within } from './wait.ts';

/** Which packets are meant; what isn't said fits all. */
export interface IkeFilter {
  readonly from?: string;
  readonly to?: string;
  readonly exchange?: IkeExchange;
  readonly isResponse?: boolean;
  readonly initiatorSpi?: string;
  /** Only packets at or after this wall clock. */
  readonly sinceMs?: number;
}

/** Where marks are sent, which tell how far the capture has come: the discard service (RFC 863), which nobody offers. */
const MARK_PORT = 9;
const MARK_TEXT = 'afteryou-lab ';
const MARK_WITHIN_MS = 15_000;
/** Unbuffered, and without the wait for a full block, so that a test sees a packet as soon as it has passed. */
const OPTIONS = [
  '-n',
  '-i',
  WAN,
  '-U',
  '--immediate-mode',
  '--time-stamp-precision=micro',
  '-s',
  '0',
  '-w',
  '-',
];
const FILTER = `udp and (port 500 or port 4500 or port ${MARK_PORT})`;
const PACKETS_MAX = 200_000;
const START_WITHIN_MS = 30_000;

export class Capture {
  readonly host: Host;
  readonly pcapFile: string;
  /** All IKE packets so far, in the order in which they passed. */
  readonly packets: IkePacket[] = [];
  /** How many ESP-in-UDP packets passed, by source address. */
  readonly espBySource: Map<string, number> = new Map();
  private readonly file: WriteStream;
  private tcpdump: ManagedProcess | undefined;
  private failure: unknown;
  private readonly markTo: string;
  private marksSent = 0;
  private lastMark = '';

  private constructor(host: Host, markTo: string, pcapFile: string) {
    this.host = host;
    this.markTo = markTo;
    this.pcapFile = pcapFile;
    this.file = createWriteStream(pcapFile);
  }

  /** Begins to capture at `host`, on its wire to `other`; returns when packets are seen from now on. */
  static async start(
    host: Host,
    other: Host,
    pcapFile: string,
    track: (process: ManagedProcess) => void,
  ): Promise<Capture> {
    const capture = new Capture(host, other.ipv4.outer, pcapFile);
    const reader = new PcapReader();
    let isListening = false;
    const tcpdump = await ManagedProcess.start(host.inside(['tcpdump', ...OPTIONS, FILTER]), {
      onStdoutBytes: (chunk) => {
        capture.file.write(chunk);
        try {
          for (const record of reader.push(chunk)) capture.keep(record.ip, record.atMs);
        } catch (error) {
          capture.failure = error;
        }
      },
      onStderrLine: (line) => {
        if (line.includes('listening on')) isListening = true;
      },
    });
    track(tcpdump);
    capture.tcpdump = tcpdump;
    await within(START_WITHIN_MS, `tcpdump listens at ${host.name}`, () => isListening, { pollMs: 5 });
    return capture;
  }

  /**
   * The IKE packets that fit.
   *
   * @throws Error when the capture has broken, since then nothing would prove nothing
   */
  ike(filter: IkeFilter = {}): IkePacket[] {
    if (this.failure !== undefined)
      throw new Error(`capture at ${this.host.name} broke`, { cause: this.failure });
    return this.packets.filter(
      (packet) =>
        (filter.from === undefined || packet.source === filter.from) &&
        (filter.to === undefined || packet.destination === filter.to) &&
        (filter.exchange === undefined || packet.exchange === filter.exchange) &&
        (filter.isResponse === undefined || packet.isResponse === filter.isResponse) &&
        (filter.initiatorSpi === undefined || packet.initiatorSpi === filter.initiatorSpi) &&
        (filter.sinceMs === undefined || packet.atMs >= filter.sinceMs),
    );
  }

  /**
   * Returns when all that has passed until now is in `packets`; to be called before counting. tcpdump comes a few ms after
   * the wire, so a mark is sent along it, and waited for.
   */
  async caughtUp(): Promise<void> {
    this.marksSent += 1;
    const mark = `mark ${this.marksSent}.`;
    await this.host.run([
      'bash',
      '-c',
      `echo "${MARK_TEXT}${mark}" > "/dev/udp/$1/${MARK_PORT}"`,
      'mark',
      this.markTo,
    ]);
    await within(
      MARK_WITHIN_MS,
      `the capture at ${this.host.name} has come to ${mark}`,
      () => this.lastMark === mark,
      {
        pollMs: 2,
      },
    );
  }

  /** Ends the capture when it has caught up; what was seen stays. */
  async stop(): Promise<void> {
    if (this.tcpdump?.isRunning === true) await this.caughtUp();
    await this.tcpdump?.stop('SIGINT');
    await new Promise<void>((resolve) => {
      this.file.end(resolve);
    });
  }

  private keep(ip: Buffer, atMs: number): void {
    const parsed = parseIpPacket(ip, atMs);
    if (parsed?.kind === 'ike') {
      if (this.packets.length >= PACKETS_MAX) throw new Error(`more than ${PACKETS_MAX} IKE packets`);
      this.packets.push(parsed.packet);
    } else if (parsed?.kind === 'esp') {
      this.espBySource.set(parsed.source, (this.espBySource.get(parsed.source) ?? 0) + 1);
    } else {
      const at = ip.indexOf(MARK_TEXT);
      if (at >= 0) this.lastMark = ip.toString('latin1', at + MARK_TEXT.length).trimEnd();
    }
  }
}
