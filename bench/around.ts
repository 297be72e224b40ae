/** Watching a method of somebody else's class, so that what is measured is what runs. */

/** From now on calls of the method of this name go through `wrap`, which is handed the method itself, bound. */
export function around<Args extends readonly unknown[], Answer>(
  owner: object,
  name: string,
  wrap: (method: (...args: Args) => Answer, self: never, args: Args) => Answer,
): void {
  const method: (...args: Args) => Answer = Reflect.get(owner, name);
  Reflect.set(owner, name, function wrapped(this: never, ...args: Args): Answer {
    return wrap((...given) => Reflect.apply(method, this, given), this, args);
  });
}
