/** What stands behind what among named things that depend on each other. */
export type Dependencies = ReadonlyMap<string, readonly string[]>

/** The first cycle found, as a path that ends where it begins (`['a', 'b', 'a']`), or undefined. */
export const findCycle = (dependencies: Dependencies): readonly string[] | undefined => {
  const done = new Set<string>()
  const visit = (name: string, path: readonly string[]): readonly string[] | undefined => {
    if (done.has(name)) return undefined
    const seenAt = path.indexOf(name)
    if (seenAt >= 0) return [...path.slice(seenAt), name]
    for (const next of dependencies.get(name) ?? []) {
      const cycle = visit(next, [...path, name])
      if (cycle) return cycle
    }
    done.add(name)
    return undefined
  }
  for (const name of dependencies.keys()) {
    const cycle = visit(name, [])
    if (cycle) return cycle
  }
  return undefined
}

/** The names and all that they depend on, each behind what it depends on, otherwise in the order given. Needs no cycle. */
export const inOrder = (names: readonly string[], dependencies: Dependencies): readonly string[] => {
  const ordered = new Set<string>()
  const add = (name: string): void => {
    if (ordered.has(name)) return
    for (const dependency of dependencies.get(name) ?? []) add(dependency)
    ordered.add(name)
  }
  for (const name of names) add(name)
  return [...ordered]
}
