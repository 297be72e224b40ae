/** The machine that figures were measured on, in a line: without it they mean nothing. */
import { cpus, release, totalmem } from 'node:os';

export function machineLine(): string {
  const processors = cpus();
  const gib = (totalmem() / 2 ** 30).toFixed(0);
  return `${processors.length} x ${processors[0]?.model.trim() ?? 'unknown'}, ${gib} GiB, Linux ${release()}, Node ${process.version}`;
}
