import { useSyncExternalStore } from 'react'
import { Notice } from '../ui/notice.tsx'

const subscribe = (onChange: () => void) => {
  for (const event of ['online', 'offline']) addEventListener(event, onChange)
  return () => {
    for (const event of ['online', 'offline']) removeEventListener(event, onChange)
  }
}

/** Lies over the page's foot, so that nothing moves when it comes and goes. */
export const OfflineNotice = () => {
  const isOnline = useSyncExternalStore(subscribe, () => navigator.onLine)
  if (isOnline) return null
  return (
    <div className="floating">
      <Notice tone="warn" title="You are offline">
        <p>What you see may be old. It goes on by itself once you are back.</p>
      </Notice>
    </div>
  )
}
