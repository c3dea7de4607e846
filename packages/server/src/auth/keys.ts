/**
 * The signing keys: `<folder>/<kid>.pem`, PKCS#8, for their owner's eyes only. RFC 7517 (key set),
 * RFC 7638 does not apply: the key id is the file's name, `sso` at ESO (eso-protocol §1.3).
 *
 * To rotate, put a second file beside the first. The kid that is last in natural order signs; every
 * kid whose file is there is accepted and published, so the old file stays for a token's life.
 */
import { createPrivateKey, createPublicKey, generateKeyPair } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { chmod, mkdir, open, readdir, readFile, stat } from 'node:fs/promises'
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

export interface Keys {
  /** The key that signs. */
  readonly current: SigningKey
  find(kid: string): SigningKey | undefined
  /** The public halves, the signing one first. */
  publicSet(): { keys: PublicJwk[] }
}

/** Opens the key folder; makes it and its first key when there is none. Throws `config_invalid`. */
export async function openKeys(folder: string): Promise<Keys> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  let names = await kidsIn(folder)
  if (names.length === 0) {
    await makeKey(folder, 'sso')
    names = await kidsIn(folder)
  }
  return makeKeys(await Promise.all(names.map((kid) => readKey(folder, kid))))
}

/** The set from keys in hand, last in natural order signing. */
export function makeKeys(keys: readonly SigningKey[]): Keys {
  const sorted = keys.toSorted((a, b) => b.kid.localeCompare(a.kid, 'en', { numeric: true }))
  const [current] = sorted
  assert(current, 'a key set has a key')
  return {
    current,
    find: (kid) => sorted.find((key) => key.kid === kid),
    publicSet: () => ({ keys: sorted.map(publicJwk) }),
  }
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
