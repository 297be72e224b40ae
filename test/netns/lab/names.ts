/**
 * Names of everything a lab leaves in the system: they carry the pid of their maker, so that a cleaner can tell a
 * living lab from a dead one.
 */
import { existsSync } from 'node:fs';

const NAME = /^ay(\d+)-\d+(-|$)/;

let labs = 0;

/** A name that no other lab has: `ay<pid>-<number>`. */
export function nextLabName(): string {
  labs += 1;
  return `ay${process.pid}-${labs}`;
}

/** Whether `name` is that of a lab (or of a part of one) whose maker no longer runs. */
export function isStale(name: string): boolean {
  const pid = NAME.exec(name)?.[1];
  return pid !== undefined && !existsSync(`/proc/${pid}`);
}

/** The lab that a namespace or a directory belongs to. */
export function labOf(name: string): string {
  return name.split('-').slice(0, 2).join('-');
}
