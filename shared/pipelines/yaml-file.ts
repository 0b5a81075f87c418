import { isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import type { z } from 'zod'

/** A YAML file that was read against a schema, and where each of its parts stands. */
export interface YamlFile<Value> {
  /** Undefined when there are problems. */
  readonly value: Value | undefined
  /** `file:line: sentence`, one for each thing that is wrong. */
  readonly problems: readonly string[]
  /** `file:line` of the node at a path, or of the nearest one above it. */
  where(path: readonly PropertyKey[]): string
}

/** Reads YAML text; never throws, problems come with file and line. */
export const readYaml = <Schema extends z.ZodType>(
  file: string,
  text: string,
  schema: Schema,
): YamlFile<z.infer<Schema>> => {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines })
  const at = (offset: number | undefined) => `${file}:${offset === undefined ? 1 : lines.linePos(offset).line}`

  const where = (path: readonly PropertyKey[]): string => {
    for (let length = path.length; length > 0; length--) {
      const node = nodeAt(document.contents, path.slice(0, length))
      if (node?.range) return at(node.range[0])
    }
    return at(document.contents?.range?.[0])
  }

  if (document.errors.length > 0) {
    const problems = document.errors.map((error) => `${at(error.pos[0])}: ${firstLine(error.message)}`)
    return { value: undefined, problems, where }
  }
  const parsed = schema.safeParse(document.toJS() ?? {})
  if (parsed.success) return { value: parsed.data, problems: [], where }
  const problems = parsed.error.issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => `${where([...issue.path, key])}: unknown key "${key}"`)
      : [`${where(issue.path)}: ${issue.path.join('.') || 'the file'}: ${issue.message}`],
  )
  return { value: undefined, problems, where }
}

/** The key's own node for an entry of a map (a value may stand lines below its key), else the item's. */
const nodeAt = (root: Node | null, path: readonly PropertyKey[]): Node | undefined => {
  let node: unknown = root
  let found: Node | undefined
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && key.value === step)
      found = isNode(pair?.key) ? pair.key : undefined
      node = pair?.value
    } else {
      node = isSeq(node) && typeof step === 'number' ? node.items[step] : undefined
      found = isNode(node) ? node : undefined
    }
  }
  return found
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? text
