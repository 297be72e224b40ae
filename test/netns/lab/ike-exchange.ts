/**
 * Exchange types of IKEv2 (RFC 7296, 3.1; RFC 9242; RFC 9370) and IKEv1 (RFC 2408, 3.1; RFC 2409, appendix A): name and number.
 */
const NUMBERS = {
  IKE_SA_INIT: 34,
  IKE_AUTH: 35,
  CREATE_CHILD_SA: 36,
  INFORMATIONAL: 37,
  IKE_INTERMEDIATE: 43,
  IKE_FOLLOWUP_KE: 44,
  ID_PROT: 2,
  AGGRESSIVE: 4,
  INFORMATIONAL_V1: 5,
  QUICK_MODE: 32,
} as const;

export type IkeExchange = keyof typeof NUMBERS;

const NAMES = new Map<number, string>(Object.entries(NUMBERS).map(([name, number]) => [number, name]));

export function exchangeNumber(exchange: IkeExchange): number {
  return NUMBERS[exchange];
}

/** The name of an exchange type, or its number as text when it has none here. */
export function exchangeName(number: number): string {
  return NAMES.get(number) ?? String(number);
}
