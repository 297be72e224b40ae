/**
 * Items that come in batches, handed out one by one.
 *
 * An async generator makes three promises of each item that it yields, which for a thousand SAs costs as much as a fifth of
 * reading them. This makes one.
 */
export class OneByOne<Item, Answer> implements AsyncGenerator<Item, Answer, undefined> {
  readonly #batches: AsyncGenerator<readonly Item[], Answer, undefined>;
  #batch: readonly Item[] = [];
  #next = 0;
  #fetched: Promise<unknown> | undefined;

  /** @param batches none of them empty */
  constructor(batches: AsyncGenerator<readonly Item[], Answer, undefined>) {
    this.#batches = batches;
  }

  next(): Promise<IteratorResult<Item, Answer>> {
    // Whoever doesn't wait for one before asking for the next gets them in order nevertheless.
    if (this.#fetched !== undefined) return this.#fetched.then(() => this.next());
    if (this.#next < this.#batch.length) return Promise.resolve(this.#one());
    const fetched = this.#fetch();
    this.#fetched = fetched.then(
      () => this.#hasFetched(),
      () => this.#hasFetched(),
    );
    return fetched;
  }

  async return(answer: Answer | PromiseLike<Answer>): Promise<IteratorResult<Item, Answer>> {
    this.#batch = [];
    const { value } = await this.#batches.return(answer);
    return { value: value as Answer, done: true };
  }

  async throw(error: unknown): Promise<IteratorResult<Item, Answer>> {
    this.#batch = [];
    const { value } = await this.#batches.throw(error);
    return { value: value as Answer, done: true };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return(undefined as Answer);
  }

  #one(): IteratorResult<Item, Answer> {
    return { value: this.#batch[this.#next++] as Item, done: false };
  }

  async #fetch(): Promise<IteratorResult<Item, Answer>> {
    const fetched = await this.#batches.next();
    if (fetched.done === true) return fetched;
    this.#batch = fetched.value;
    this.#next = 0;
    return this.#one();
  }

  #hasFetched(): void {
    this.#fetched = undefined;
  }
}
