import { useState } from 'react'
import { Button } from 'react-aria-components'
import { Icon } from '../ui/icon.tsx'

const THEMES = [
  { name: 'auto', label: 'as your system' },
  { name: 'light', label: 'light' },
  { name: 'dark', label: 'dark' },
] as const
type Theme = (typeof THEMES)[number]['name']

const KEY = 'baton-theme'
const ICONS = { auto: 'auto', light: 'sun', dark: 'moon' } as const

const kept = (): Theme => THEMES.find(({ name }) => name === localStorage.getItem(KEY))?.name ?? 'auto'

const show = (theme: Theme): void => {
  if (theme === 'auto') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}

/** Before anything is drawn, so that a dark page does not flash. */
export const restoreTheme = (): void => show(kept())

export const ThemeButton = () => {
  const [theme, setTheme] = useState(kept)
  const at = THEMES.findIndex(({ name }) => name === theme)
  const next = THEMES[(at + 1) % THEMES.length] ?? THEMES[0]
  const change = () => {
    localStorage.setItem(KEY, next.name)
    show(next.name)
    setTheme(next.name)
  }
  return (
    <Button
      className="button button-plain button-small"
      onPress={change}
      aria-label={`Colours: ${THEMES[at]?.label ?? theme}. Change to ${next.label}`}
    >
      <Icon name={ICONS[theme]} />
    </Button>
  )
}
