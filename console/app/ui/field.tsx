import { useId } from 'react'
import {
  FieldError,
  Input,
  Label,
  Radio,
  RadioGroup,
  Text,
  TextArea,
  TextField,
  type TextFieldProps,
} from 'react-aria-components'

interface FieldProps extends Omit<TextFieldProps, 'className' | 'children'> {
  readonly label: string
  readonly hint?: React.ReactNode
  /** Lines; a single one by default. */
  readonly lines?: number
  readonly error?: string | undefined
  readonly inputMode?: 'text' | 'numeric'
  readonly mono?: boolean
}

export const Field = ({ label, hint, lines = 1, error, inputMode, mono, ...rest }: FieldProps) => (
  <TextField {...rest} className="field" isInvalid={error !== undefined}>
    <Label>{label}</Label>
    {lines > 1 ? (
      <TextArea className={mono ? 'input mono' : 'input'} rows={lines} spellCheck={false} />
    ) : (
      <Input className={mono ? 'input mono' : 'input'} inputMode={inputMode} spellCheck={false} />
    )}
    {hint && (
      <Text slot="description" className="field-hint">
        {hint}
      </Text>
    )}
    <FieldError className="field-error">{error}</FieldError>
  </TextField>
)

interface Choice<Value extends string> {
  readonly value: Value
  readonly label: string
  readonly hint?: string | undefined
}

interface ChoicesProps<Value extends string> {
  readonly label: string
  readonly value: Value
  readonly onChange: (value: Value) => void
  readonly choices: readonly Choice<Value>[]
  readonly isInline?: boolean
}

/** One of a few, all of them in sight. */
export const Choices = <Value extends string>(props: ChoicesProps<Value>) => {
  const { label, value, onChange, choices, isInline } = props
  const choose = (chosen: string) => {
    const found = choices.find((choice) => choice.value === chosen)
    if (found) onChange(found.value)
  }
  return (
    <RadioGroup className="field" value={value} onChange={choose}>
      <Label className="label">{label}</Label>
      <div className={isInline ? 'choices choices-inline' : 'choices'}>
        {choices.map((choice) => (
          <Radio key={choice.value} value={choice.value} className="choice">
            <strong>{choice.label}</strong>
            {choice.hint && <span>{choice.hint}</span>}
          </Radio>
        ))}
      </div>
    </RadioGroup>
  )
}

interface SelectProps<Value extends string> {
  readonly label: string
  readonly value: Value
  readonly onChange: (value: Value) => void
  readonly options: readonly Choice<Value>[]
  /** Label and field side by side. */
  readonly isInline?: boolean
}

/** The browser's own: nothing works better on a phone and with a screen reader. */
export const Select = <Value extends string>({ label, value, onChange, options, isInline }: SelectProps<Value>) => {
  const id = useId()
  const choose = (chosen: string) => {
    const found = options.find((option) => option.value === chosen)
    if (found) onChange(found.value)
  }
  return (
    <div className={isInline ? 'field field-inline' : 'field'}>
      <label htmlFor={id}>{label}</label>
      <select id={id} className="input" value={value} onChange={(event) => choose(event.target.value)}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  )
}
