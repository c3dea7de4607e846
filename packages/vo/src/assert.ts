/** Something that cannot be unless our code is wrong. Never caught, only reported. */
export class Bug extends Error {
  override readonly name = 'Bug'
}

/** States what must hold here. Needs no Node, so the pure packages can use it. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Bug(message)
}
