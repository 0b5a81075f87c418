/** Lua scripts are imported as text: `import lua from './x.lua' with { type: 'text' }`. */
declare module '*.lua' {
  const source: string
  export default source
}
