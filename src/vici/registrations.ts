/**
 * Which events charon sends us on one connection, counted: charon delivers an event once per registration,
 * so each name is registered once however many want it.
 */

interface Registration {
  count: number;
  readonly confirmed: Promise<void>;
}

export class Registrations {
  readonly #byName = new Map<string, Registration>();
  readonly #register: (name: string) => Promise<void>;
  readonly #unregister: (name: string) => Promise<void>;

  constructor(register: (name: string) => Promise<void>, unregister: (name: string) => Promise<void>) {
    this.#register = register;
    this.#unregister = unregister;
  }

  /** Resolves when charon has confirmed; after a failure nothing is held. */
  async acquire(name: string): Promise<void> {
    const existing = this.#byName.get(name);
    const registration = existing ?? { count: 0, confirmed: this.#register(name) };
    registration.count++;
    this.#byName.set(name, registration);
    try {
      await registration.confirmed;
    } catch (error) {
      if (this.#byName.get(name) === registration) this.#byName.delete(name);
      throw error;
    }
  }

  /** Gives back what `acquire` gave. */
  async release(name: string): Promise<void> {
    const registration = this.#byName.get(name);
    if (registration === undefined || --registration.count > 0) return;
    this.#byName.delete(name);
    await this.#unregister(name);
  }
}
