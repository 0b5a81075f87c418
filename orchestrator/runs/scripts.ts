import type { RedisClient } from '../../shared/store/redis/client.ts'
import claim from '../../shared/store/redis/lua/lib/claim.lua' with { type: 'text' }
import ackLua from './lua/ack.lua' with { type: 'text' }
import agedLua from './lua/aged.lua' with { type: 'text' }
import cancelLua from './lua/cancel.lua' with { type: 'text' }
import contentLua from './lua/content.lua' with { type: 'text' }
import dueLua from './lua/due.lua' with { type: 'text' }
import expireLua from './lua/expire.lua' with { type: 'text' }
import forgetLua from './lua/forget.lua' with { type: 'text' }
import advance from './lua/lib/advance.lua' with { type: 'text' }
import library from './lua/lib/transition.lua' with { type: 'text' }
import moveOnLua from './lua/move-on.lua' with { type: 'text' }
import outcomeLua from './lua/outcome.lua' with { type: 'text' }
import pausesLua from './lua/pauses.lua' with { type: 'text' }
import postponeLua from './lua/postpone.lua' with { type: 'text' }
import promptLua from './lua/prompt.lua' with { type: 'text' }
import readLua from './lua/read.lua' with { type: 'text' }
import recallLua from './lua/recall.lua' with { type: 'text' }
import refuseLua from './lua/refuse.lua' with { type: 'text' }
import registerLua from './lua/register.lua' with { type: 'text' }
import requestLua from './lua/request.lua' with { type: 'text' }
import restoreLua from './lua/restore.lua' with { type: 'text' }
import restoreShelvedLua from './lua/restore-shelved.lua' with { type: 'text' }
import restoringLua from './lua/restoring.lua' with { type: 'text' }
import reviveLua from './lua/revive.lua' with { type: 'text' }
import setPausesLua from './lua/set-pauses.lua' with { type: 'text' }
import shelveLua from './lua/shelve.lua' with { type: 'text' }
import startLua from './lua/start.lua' with { type: 'text' }
import timeoutLua from './lua/timeout.lua' with { type: 'text' }
import timersLua from './lua/timers.lua' with { type: 'text' }

/** The shared pieces stand before each transition's own script; those that move a run have more of them. */
const small = (lua: string): string => `${library}\n${lua}`
const moving = (lua: string): string => `${library}\n${advance}\n${lua}`

/** Every script of the orchestrator's, known to a Redis. Transitions take book, outbox, timers, and some more keys of the bucket. */
export const defineScripts = (redis: Pick<RedisClient, 'define'>) => ({
  /** Keys: book, outbox, timers, aging. */
  restore: redis.define({ name: 'runsRestore', numberOfKeys: 4, lua: small(restoreLua) }),
  /** Keys: book, outbox, timers, alive. */
  register: redis.define({ name: 'runsRegister', numberOfKeys: 4, lua: small(registerLua) }),
  content: redis.define({ name: 'runsContent', numberOfKeys: 4, lua: small(contentLua) }),
  request: redis.define({ name: 'runsRequest', numberOfKeys: 4, lua: small(requestLua) }),
  refuse: redis.define({ name: 'runsRefuse', numberOfKeys: 4, lua: small(refuseLua) }),
  expire: redis.define({ name: 'runsExpire', numberOfKeys: 4, lua: small(expireLua) }),
  prompt: redis.define({ name: 'runsPrompt', numberOfKeys: 4, lua: small(promptLua) }),
  cancel: redis.define({ name: 'runsCancel', numberOfKeys: 4, lua: moving(cancelLua) }),
  /** Keys: also aging. */
  ack: redis.define({ name: 'runsAck', numberOfKeys: 5, lua: small(ackLua) }),
  /** Keys: also pauses. */
  start: redis.define({ name: 'runsStart', numberOfKeys: 5, lua: moving(startLua) }),
  outcome: redis.define({ name: 'runsOutcome', numberOfKeys: 5, lua: moving(outcomeLua) }),
  timeout: redis.define({ name: 'runsTimeout', numberOfKeys: 5, lua: moving(timeoutLua) }),
  moveOn: redis.define({ name: 'runsMoveOn', numberOfKeys: 5, lua: moving(moveOnLua) }),
  /** No transitions: each has keys of its own. */
  read: redis.define({ name: 'runsRead', numberOfKeys: 3, lua: readLua }),
  due: redis.define({ name: 'runsDue', numberOfKeys: 4, lua: dueLua }),
  timers: redis.define({ name: 'runsTimers', numberOfKeys: 1, lua: timersLua }),
  setPauses: redis.define({ name: 'runsSetPauses', numberOfKeys: 2, lua: setPausesLua }),
  pauses: redis.define({ name: 'runsPauses', numberOfKeys: 1, lua: pausesLua }),
  aged: redis.define({ name: 'runsAged', numberOfKeys: 2, lua: [claim, agedLua].join('\n') }),
  shelve: redis.define({ name: 'runsShelve', numberOfKeys: 3, lua: shelveLua }),
  postpone: redis.define({ name: 'runsPostpone', numberOfKeys: 2, lua: postponeLua }),
  restoreShelved: redis.define({ name: 'runsRestoreShelved', numberOfKeys: 1, lua: restoreShelvedLua }),
  recall: redis.define({ name: 'runsRecall', numberOfKeys: 3, lua: recallLua }),
  forget: redis.define({ name: 'runsForget', numberOfKeys: 1, lua: forgetLua }),
  restoring: redis.define({ name: 'runsRestoring', numberOfKeys: 1, lua: restoringLua }),
  revive: redis.define({ name: 'runsRevive', numberOfKeys: 2, lua: reviveLua }),
})
