/**
 * Times as archives write them: ISO 8601 in UTC, and Modified Julian Dates. DALI 1.1 §3.1.2 (timestamps),
 * FITS 4.0 §9.1.1. Text without a zone is UTC. Leap seconds are not counted, as in every archive's columns.
 */
import { assert } from './assert.ts'

const DAY_MS = 86_400_000
/** The MJD of 1970-01-01T00:00:00. */
const MJD_1970 = 40_587

/** Days of the Modified Julian Date, from milliseconds since 1970. */
export function mjdOf(ms: number): number {
  return ms / DAY_MS + MJD_1970
}

/** Whole milliseconds since 1970, the nearest ones: a double holds an MJD to about a microsecond. */
export function msOfMjd(mjd: number): number {
  return Math.round((mjd - MJD_1970) * DAY_MS)
}

/** `2016-09-26T04:15:07.252Z`; parts of a millisecond are cut off. */
export function isoOf(ms: number): string {
  assert(Math.abs(ms) <= 8.64e15, `${ms} ms is not a time`)
  return new Date(Math.floor(ms)).toISOString()
}

/** As `isoOf`, from microseconds since 1970. */
export function isoOfMicros(micros: bigint): string {
  const whole = micros / 1000n
  return isoOf(Number(micros < 0n && whole * 1000n !== micros ? whole - 1n : whole))
}

const ISO = /^\s*(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d*))?)?)?\s*Z?\s*$/

/**
 * Microseconds since 1970 of a UTC timestamp: `T` or a blank before the time, `Z` or none after it, a date
 * alone, any number of fractional digits (those beyond the microsecond are cut). Undefined when it is none,
 * or names a day or an hour that does not exist.
 */
export function parseIsoMicros(text: string): bigint | undefined {
  const match = ISO.exec(text)
  if (match === null) return undefined
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const [hour, minute, second] = [Number(match[4] ?? 0), Number(match[5] ?? 0), Number(match[6] ?? 0)]
  if (hour > 23 || minute > 59 || second > 59) return undefined
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return undefined
  const seconds = days1970(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
  return BigInt(seconds) * 1_000_000n + BigInt((match[7] ?? '').slice(0, 6).padEnd(6, '0'))
}

function daysIn(year: number, month: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
}

/** Days since 1970-01-01 in the Gregorian calendar. A `Date` does the same at several times the cost. */
function days1970(year: number, month: number, day: number): number {
  const shifted = month > 2 ? year : year - 1
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  return shifted * 365 + Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400)
    + dayOfYear - 719_468
}

/** As `parseIsoMicros`, in whole milliseconds since 1970 (the rest is cut off). */
export function parseIso(text: string): number | undefined {
  const micros = parseIsoMicros(text)
  if (micros === undefined) return undefined
  const parts = ((micros % 1000n) + 1000n) % 1000n
  return Number((micros - parts) / 1000n)
}
