import { type ReactNode, useEffect, useRef } from 'react'

export const useTitle = (title: string): void => {
  useEffect(() => {
    document.title = `${title} · Baton`
  }, [title])
}

interface Props {
  readonly title: string
  readonly lead?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** The first page shown leaves focus to the browser; each one after it tells a screen reader where it is. */
let isFirst = true

export const Page = ({ title, lead, actions, children }: Props) => {
  const heading = useRef<HTMLHeadingElement>(null)
  useTitle(title)
  useEffect(() => {
    if (!isFirst) heading.current?.focus()
    isFirst = false
  }, [])
  return (
    <>
      <div className="page-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lead}
        </div>
        {actions && <div className="page-actions">{actions}</div>}
      </div>
      {children}
    </>
  )
}
