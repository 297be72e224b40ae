/**
 * What must happen even when nobody awaits it: each open lab registers a synchronous way to take itself down, which runs
 * when the process exits (also by an uncaught error) or is told to by SIGINT, SIGTERM or SIGHUP. SIGKILL leaves a stale
 * lab: see stale.ts.
 */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

const open = new Set<() => void>();
let isArmed = false;

/** Registers `takeDown`; the function returned takes it off the list again. */
export function onEmergency(takeDown: () => void): () => void {
  arm();
  open.add(takeDown);
  return () => {
    open.delete(takeDown);
  };
}

function arm(): void {
  if (isArmed) return;
  isArmed = true;
  process.once('exit', takeAllDown);
  for (const signal of SIGNALS) {
    process.once(signal, () => {
      takeAllDown();
      process.kill(process.pid, signal); // Our listener is gone: now the signal does what it always did.
    });
  }
}

function takeAllDown(): void {
  for (const takeDown of open) {
    try {
      takeDown();
    } catch {
      // The others are still to be taken down, and nobody is left to tell.
    }
  }
  open.clear();
}
