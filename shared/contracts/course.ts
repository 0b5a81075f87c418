import type { CourseCode } from './enums.ts'

/** The language of each course's essays (contracts 5.6). */
const LANGUAGES: Readonly<Record<CourseCode, 'en' | 'sv'>> = {
  ENG5: 'en',
  ENG6: 'en',
  ENG7: 'en',
  SV1: 'sv',
  SV2: 'sv',
  SV3: 'sv',
}

export const languageOf = (course: CourseCode): 'en' | 'sv' => LANGUAGES[course]

/** A class makes a batch REGULAR: its essays are matched to students. */
export const classTypeOf = (classId: string | null): 'REGULAR' | 'GUEST' => (classId === null ? 'GUEST' : 'REGULAR')
