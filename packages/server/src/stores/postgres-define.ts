/** How a function of the schema `quipu` is written. */

/** A pure function; null when an argument is. Inside, names of the schema are written out. */
export function define(head: string, result: string, body: string): string {
  return `create function quipu.${head} returns ${result}
    language plpgsql immutable strict parallel safe as $body$${body}$body$`
}
