/** `source_service` of everything on the wire, by who sends it (contracts, section 4.3). */
export const SENDERS = {
  gateway: 'api_gateway_service',
  conductor: 'batch_conductor_service',
  /** The orchestrator has three names: one for registrations, one for commands, one for completions and notices. */
  orchestratorRegistration: 'batch-service',
  orchestratorCommand: 'batch-orchestrator-service',
  orchestrator: 'batch_orchestrator_service',
  essayLifecycle: 'essay-lifecycle-service',
  classManagement: 'class_management_service',
  spellchecker: 'spellchecker_service',
  cjAssessment: 'cj_assessment_service',
  nlp: 'nlp-service',
  aiFeedback: 'ai_feedback_service',
  resultAggregator: 'result_aggregator_service',
} as const

export type Sender = (typeof SENDERS)[keyof typeof SENDERS]
