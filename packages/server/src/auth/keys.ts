/**
 * The signing keys: `<folder>/<kid>.pem`, PKCS#8, for their owner's eyes only. RFC 7517 (key set),
 * RFC 7638 does not apply: the key id is the file's name, `sso` at ESO (eso-protocol §1.3).
 *
 * The kid that is last in natural order signs; every kid whose file is there is accepted and published.
 * `rotate` puts a file beside them, so no token is refused while a key changes; a file that was superseded
 * for longer than a token lives goes with the next rotation.
 */
import { createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { chmod, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ArchiveError, assert } from '@quipu/vo'

const KID = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63})\.pem$/
const MODULUS_BITS = 2048

export interface SigningKey {
  readonly kid: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

/** One public key as RFC 7517 §4 writes it. */
export interface PublicJwk {
  readonly kty: 'RSA'; readonly kid: string; readonly use: 'sig'; readonly alg: 'RS256'
  readonly n: string; readonly e: string
}

export interface KeySet {
  /** The key that signs. */
  readonly current: SigningKey
  find(kid: string): SigningKey | undefined
  /** The public halves, the signing one first. */
  publicSet(): { keys: PublicJwk[] }
}

export interface Keys extends KeySet {
  /**
   * Makes a key that signs from now on. Those before it verify as long as a token of theirs may live.
   * @returns The new kid, and those that are over and gone.
   */
  rotate(nowMs: number, tokenMs: number): Promise<Rotation>
}

export interface Rotation { readonly kid: string; readonly removed: readonly string[] }

/** Opens the key folder; makes it and its first key when there is none. Throws `config_invalid`. */
export async function openKeys(folder: string): Promise<Keys> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  let names = await kidsIn(folder)
  if (names.length === 0) {
    await makeKey(folder, 'sso')
    names = await kidsIn(folder)
  }
  let sorted = newestFirst(await Promise.all(names.map((kid) => readKey(folder, kid))))
  let set = makeKeys(sorted)
  return {
    get current() { return set.current },
    find: (kid) => set.find(kid),
    publicSet: () => set.publicSet(),
    async rotate(nowMs, tokenMs) {
      const kid = kidAfter(set.current.kid)
      const removed = await supersededIn(folder, sorted, nowMs - tokenMs)
      await makeKey(folder, kid)
      const made = await readKey(folder, kid)
      sorted = newestFirst([made, ...sorted.filter((key) => !removed.includes(key.kid))])
      set = makeKeys(sorted)
      assert(set.current === made, 'the new key is the last in natural order')
      for (const over of removed) await rm(join(folder, `${over}.pem`))
      return { kid, removed }
    },
  }
}

/** The set from keys in hand, last in natural order signing. */
export function makeKeys(keys: readonly SigningKey[]): KeySet {
  const sorted = newestFirst(keys)
  const [current] = sorted
  assert(current, 'a key set has a key')
  return {
    current,
    find: (kid) => sorted.find((key) => key.kid === kid),
    publicSet: () => ({ keys: sorted.map(publicJwk) }),
  }
}

function newestFirst(keys: readonly SigningKey[]): readonly SigningKey[] {
  return keys.toSorted((a, b) => b.kid.localeCompare(a.kid, 'en', { numeric: true }))
}

/** `sso`, `sso-2`, `sso-3`. */
function kidAfter(kid: string): string {
  const [, stem = kid, number = '1'] = /^(.*)-(\d{1,9})$/.exec(kid) ?? []
  return `${stem}-${Number(number) + 1}`
}

/** Keys that have not signed since the time: the key after each was there before it. */
async function supersededIn(
  folder: string, newest: readonly SigningKey[], beforeMs: number,
): Promise<readonly string[]> {
  const made = await Promise.all(newest.map(({ kid }) => stat(join(folder, `${kid}.pem`))))
  return newest.slice(1).filter((_, i) => (made[i]?.mtimeMs ?? Infinity) < beforeMs).map(({ kid }) => kid)
}

/** Reads a private key in PEM; RSA of at least 2048 bits. */
export function parseKey(kid: string, pem: string): SigningKey {
  const privateKey = createPrivateKey(pem)
  const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? 0
  if (privateKey.asymmetricKeyType !== 'rsa' || bits < MODULUS_BITS) {
    throw new ArchiveError('config_invalid',
      `keys/${kid}.pem is not an RSA key of ${MODULUS_BITS} bits or more`)
  }
  return { kid, privateKey, publicKey: createPublicKey(privateKey) }
}

async function kidsIn(folder: string): Promise<string[]> {
  return (await readdir(folder)).flatMap((name) => KID.exec(name)?.[1] ?? [])
}

async function readKey(folder: string, kid: string): Promise<SigningKey> {
  const path = join(folder, `${kid}.pem`)
  const { mode } = await stat(path)
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new ArchiveError('config_invalid', `keys/${kid}.pem can be read by others; give it mode 0600`)
  }
  const pem = await readFile(path, 'utf8')
  try {
    return parseKey(kid, pem)
  } catch (cause) {
    if (cause instanceof ArchiveError) throw cause
    throw new ArchiveError('config_invalid', `keys/${kid}.pem is not a PKCS#8 private key in PEM`, { cause })
  }
}

async function makeKey(folder: string, kid: string): Promise<void> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: MODULUS_BITS })
  const path = join(folder, `${kid}.pem`)
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(privateKey.export({ type: 'pkcs8', format: 'pem' }))
    await file.sync()
  } finally {
    await file.close()
  }
  await chmod(path, 0o600)
}

function publicJwk(key: SigningKey): PublicJwk {
  const { n, e } = key.publicKey.export({ format: 'jwk' })
  assert(n !== undefined && e !== undefined, 'an RSA key has modulus and exponent')
  return { kty: 'RSA', kid: key.kid, use: 'sig', alg: 'RS256', n, e }
}
