import { prettyFactory } from 'pino-pretty'

/** One line for a person: when, who, what, and the rest behind it. */
export const readable: (line: string) => string = prettyFactory({
  colorize: false,
  singleLine: true,
  translateTime: 'HH:MM:ss.l',
  ignore: 'service',
  messageFormat: '{service}: {msg}',
})
