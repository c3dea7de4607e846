/** Passwords: argon2id at rest, and one comparison for every attempt, whoever is named. RFC 9106 §4. */
import { hash, verify } from '@node-rs/argon2'

/** Longer ones are wrong without being hashed. */
const MAX_PASSWORD_BYTES = 1024

/** Hashes a password for storing: argon2id with its salt and costs in the text. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, { memoryCost: 19_456, timeCost: 2, parallelism: 1 })
}

/** True when the password is the one that was hashed. A malformed hash fits nothing. */
export async function fitsHash(passwordHash: string, password: string): Promise<boolean> {
  if (Buffer.byteLength(password) > MAX_PASSWORD_BYTES) return false
  try {
    return await verify(passwordHash, password)
  } catch {
    return false
  }
}
