import { Button as AriaButton, type ButtonProps } from 'react-aria-components'
import { Icon, type IconName } from './icon.tsx'

interface Props {
  readonly look?: 'main' | 'quiet' | 'plain' | 'danger'
  readonly size?: 'small' | 'wide'
  readonly icon?: IconName
  readonly type?: 'button' | 'submit'
  readonly isDisabled?: boolean
  /** Under way: the button keeps its place and its focus, and a press does nothing. */
  readonly isPending?: boolean
  readonly onPress?: () => void
  readonly children: React.ReactNode
}

export const Button = (props: Props) => {
  const { look = 'main', size, icon, type = 'button', isDisabled = false, isPending = false, onPress, children } = props
  const classes = ['button', look === 'main' ? '' : `button-${look}`, size ? `button-${size}` : '']
  const shown = isPending ? 'busy' : icon
  const press: ButtonProps = isPending ? { type: 'button' } : { type, ...(onPress ? { onPress } : {}) }
  return (
    <AriaButton
      {...press}
      isDisabled={isDisabled}
      className={classes.filter(Boolean).join(' ')}
      data-pending={isPending || undefined}
    >
      {shown && <Icon name={shown} />}
      {children}
    </AriaButton>
  )
}
