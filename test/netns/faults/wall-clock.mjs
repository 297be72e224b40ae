/**
 * Loaded into the sidecar before it starts (`NODE_OPTIONS=--import`): a wall clock that jumps on SIGUSR2, by the milliseconds that the
 * file named in `WALL_CLOCK_FILE` says. The monotonic clock goes on as ever, as it does when somebody sets the time of a machine.
 */
import { readFileSync } from 'node:fs';

const RealDate = globalThis.Date;
let offsetMs = 0;

globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + offsetMs);
    else super(...given);
  }

  static now() {
    return RealDate.now() + offsetMs;
  }
};

process.on('SIGUSR2', () => {
  offsetMs = Number(readFileSync(process.env['WALL_CLOCK_FILE'] ?? '', 'utf8'));
});
