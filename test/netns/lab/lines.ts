/**
 * Chunks of a stream in, whole lines out. A line that never ends is cut, so that memory stays bounded.
 */
const LINE_LENGTH_MAX = 1_000_000;

export class LineSplitter {
  private rest = '';
  private readonly onLine: (line: string) => void;

  constructor(onLine: (line: string) => void) {
    this.onLine = onLine;
  }

  push(chunk: string): void {
    const lines = (this.rest + chunk).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) this.onLine(line);
    if (this.rest.length > LINE_LENGTH_MAX) this.end();
  }

  /** Hands out what is left without its end of line. */
  end(): void {
    if (this.rest !== '') this.onLine(this.rest);
    this.rest = '';
  }
}
