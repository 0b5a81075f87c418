import { describe, expect, test } from 'bun:test'
import type { z } from 'zod'
import { BatchPipelineRequest } from '../../../../shared/contracts/http/pipeline-request.ts'
import { BatchRegistrationRequestV1, registerBatchRequest } from '../../../../shared/contracts/http/registration.ts'

/** Pointers of all that is wrong with a body. */
const faults = (schema: z.ZodType, body: unknown): readonly string[] =>
  (schema.safeParse(body).error?.issues ?? []).map(({ path }) => path.map((key) => `/${String(key)}`).join(''))

const RegisterBatchRequest = registerBatchRequest(10)

describe('a registration', () => {
  const body = { expected_essay_count: 2, essay_ids: ['anna', 'bo'], course_code: 'ENG5' }

  test('keeps the essay ids that were given', () => {
    expect(RegisterBatchRequest.parse(body)).toEqual({ ...body, course_code: 'ENG5' })
  })

  test('names each essay id that stands twice, and a number of ids that is not the expected one', () => {
    expect(faults(RegisterBatchRequest, { ...body, essay_ids: ['anna', 'anna'] })).toEqual(['/essay_ids/1'])
    expect(faults(RegisterBatchRequest, { ...body, essay_ids: ['anna'] })).toEqual(['/essay_ids'])
  })

  test('of a client is refused with an unknown field; between services that is ignored', () => {
    expect(RegisterBatchRequest.safeParse({ ...body, class: 'x' }).success).toBe(false)
    const prompt = { references: { student_prompt_text: { storage_id: 's' } }, extra: 1 }
    const internal = { ...body, class: 'x', user_id: 'u', student_prompt_ref: prompt }
    expect(BatchRegistrationRequestV1.parse(internal)).toEqual({
      ...body,
      course_code: 'ENG5',
      user_id: 'u',
      student_prompt_ref: { references: prompt.references },
    })
  })

  test('between services says for whom it is', () => {
    expect(faults(BatchRegistrationRequestV1, body)).toEqual(['/user_id'])
  })
})

describe('a pipeline request', () => {
  const body = { requested_pipeline: 'ai_feedback' }

  test('is no retry unless it says so', () => {
    expect(BatchPipelineRequest.parse(body)).toEqual({ ...body, is_retry: false })
  })

  test('brings one prompt, not two and not none', () => {
    const cms_prompt_ref = { references: { student_prompt_text: { storage_id: 's', path: '' } } }
    const withPrompt = (prompt_payload: unknown) => faults(BatchPipelineRequest, { ...body, prompt_payload })
    expect(withPrompt({ assignment_id: 'a-1' })).toEqual([])
    expect(withPrompt({ cms_prompt_ref })).toEqual([])
    expect(withPrompt({ assignment_id: 'a-1', cms_prompt_ref })).toEqual(['/prompt_payload'])
    expect(withPrompt({})).toEqual(['/prompt_payload'])
  })

  test('and a registration have a prompt of bounded size, which is pointed at with the limit', () => {
    const references = { student_prompt_text: { storage_id: 'ö'.repeat(17_000) } }
    const asked = BatchPipelineRequest.safeParse({ ...body, prompt_payload: { cms_prompt_ref: { references } } })
    const registration = { expected_essay_count: 1, course_code: 'ENG5', student_prompt_ref: { references } }
    const registered = RegisterBatchRequest.safeParse(registration)
    const issues = [asked, registered].flatMap(({ error }) => error?.issues ?? [])
    expect(issues.map(({ path, message }) => [path.join('/'), message])).toEqual([
      ['prompt_payload/cms_prompt_ref/references', 'may have 32768 bytes as JSON'],
      ['student_prompt_ref/references', 'may have 32768 bytes as JSON'],
    ])
  })

  test('has no control characters, no space around names and no unknown fields', () => {
    const broken = { requested_pipeline: ' nlp', batch_id: 'a\u0000b', retry_reason: 'x'.repeat(501) }
    expect(faults(BatchPipelineRequest, broken)).toEqual(
      expect.arrayContaining(['/requested_pipeline', '/batch_id', '/retry_reason']),
    )
    expect(BatchPipelineRequest.safeParse({ ...body, is_rety: true }).success).toBe(false)
  })
})
