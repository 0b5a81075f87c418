import { z } from 'zod'
import { normalizeUuid } from '../ids.ts'

/** The scalars of the wire, read as leniently as the original reads them (contracts, section 1). */

const TRUE = new Set(['true', '1', 'yes', 'on', 'y', 't'])
const FALSE = new Set(['false', '0', 'no', 'off', 'n', 'f'])

/** A UUID in any spelling; comes out lower case with dashes. */
export const Uuid = z.string().transform((text, context) => {
  const normal = normalizeUuid(text)
  if (normal === undefined) context.addIssue({ code: 'custom', message: 'not a UUID' })
  return normal ?? z.NEVER
})

/** true, false, 1, 0 and the usual words in any case. */
export const Flag = z.union([z.boolean(), z.number(), z.string()]).transform((value, context) => {
  const word = String(value).toLowerCase()
  if (TRUE.has(word)) return true
  if (FALSE.has(word)) return false
  context.addIssue({ code: 'custom', message: 'not a boolean' })
  return z.NEVER
})

/** A whole number, also as text ("15") or as a whole float (15.0). */
export const Whole = z.union([z.number(), z.string().regex(/^\s*[+-]?\d+(\.0*)?\s*$/)]).transform((value, context) => {
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  context.addIssue({ code: 'custom', message: 'not a whole number' })
  return z.NEVER
})

/** Any finite number, also as text. */
export const Float = z.union([z.number(), z.string().trim().min(1)]).transform((value, context) => {
  const number = Number(value)
  if (Number.isFinite(number)) return number
  context.addIssue({ code: 'custom', message: 'not a number' })
  return z.NEVER
})

const DATE_TIME =
  /^(\d{4}-\d\d-\d\d)(?:[Tt ](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*([Zz]|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?)?$/
/** Nearly all are spelled so, and on a day and at an hour that there always are: to take such a one apart took a fifth of reading an event. */
const USUAL =
  /^(?!0000)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.(?!000000)\d{6})?Z$/
const NUMBER = /^\s*[+-]?\d+(\.\d+)?\s*$/
/** From here on a number of seconds is taken for milliseconds, as the original's models do. */
const SECONDS_LIMIT = 2e10
/** The years 1 to 9999, in milliseconds since 1970: what the original can hold. */
const FIRST_MS = Date.parse('0001-01-01T00:00:00Z')
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z')

/**
 * A date-time in the original's own spelling: seconds, six fraction digits only when they are not zero, `Z` for UTC, other
 * offsets and none kept. Unix seconds and milliseconds become UTC.
 */
export const DateTime = z.union([z.number(), z.string()]).transform((value, context) => {
  if (typeof value === 'string' && USUAL.test(value)) return value
  const text = typeof value === 'number' || NUMBER.test(value) ? fromUnix(Number(value)) : canonical(value.trim())
  if (text !== undefined) return text
  context.addIssue({ code: 'custom', message: 'not a date-time' })
  return z.NEVER
})

const fromUnix = (value: number): string | undefined => {
  const ms = Math.abs(value) > SECONDS_LIMIT ? value : value * 1_000
  return ms >= FIRST_MS && ms <= LAST_MS ? dateTimeOf(ms) : undefined
}

const canonical = (text: string): string | undefined => {
  const [, date, minutes = '00:00', seconds = '00', fraction = '', zone = ''] = DATE_TIME.exec(text) ?? []
  if (date === undefined) return undefined
  const whole = `${date}T${minutes}:${seconds}`
  if (!exists(whole)) return undefined
  const micros = fraction.padEnd(6, '0').slice(0, 6)
  return `${whole}${micros === '000000' ? '' : `.${micros}`}${canonicalZone(zone)}`
}

/** Whether the calendar and the clock have it. `Date` turns 30 February and 24:00 into the next day, so it is asked back. */
const exists = (whole: string): boolean => {
  const ms = Date.parse(`${whole}Z`)
  return ms >= FIRST_MS && new Date(ms).toISOString().startsWith(whole)
}

const canonicalZone = (zone: string): string => {
  if (zone === '') return ''
  if (/^(z|[+-]00(:?00)?)$/i.test(zone)) return 'Z'
  return `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`
}

/** Milliseconds since 1970 (fractions count) as the wire writes a time. Throws a RangeError when it is not a time. */
export const dateTimeOf = (ms: number): string => {
  const micros = Math.round(ms * 1_000)
  const fraction = ((micros % 1_000_000) + 1_000_000) % 1_000_000
  const seconds = new Date((micros - fraction) / 1_000).toISOString().slice(0, 19)
  return `${seconds}${fraction === 0 ? '' : `.${String(fraction).padStart(6, '0')}`}Z`
}

/** Of smaller years `Date.UTC` takes the last two digits for this century's. */
const FIRST_YEAR_OF_UTC = '0100'

/** Microseconds since 1970 of a date-time that `DateTime` gave; one without a zone counts as UTC. */
export const microsOf = (dateTime: string): number => {
  if (USUAL.test(dateTime) && dateTime >= FIRST_YEAR_OF_UTC) {
    // Of two digits: the code of a zero is 48, and 11 times that is 528.
    const two = (at: number) => dateTime.charCodeAt(at) * 10 + dateTime.charCodeAt(at + 1) - 528
    const year = two(0) * 100 + two(2)
    const seconds = Date.UTC(year, two(5) - 1, two(8), two(11), two(14), two(17)) * 1_000
    return dateTime.length === 20 ? seconds : seconds + two(20) * 10_000 + two(22) * 100 + two(24)
  }
  const [, date, minutes, seconds, fraction = '', zone = ''] = DATE_TIME.exec(dateTime) ?? []
  const ms = Date.parse(`${date}T${minutes}:${seconds}${zone || 'Z'}`)
  return ms * 1_000 + Number(fraction.padEnd(6, '0').slice(0, 6))
}
