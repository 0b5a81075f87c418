import { useEffect, useEffectEvent } from 'react'

/** Does something every so many milliseconds while the page is looked at. */
export const useRepeated = (everyMs: number, act: () => void): void => {
  const actNow = useEffectEvent(() => {
    if (document.visibilityState === 'visible') act()
  })
  useEffect(() => {
    const timer = setInterval(() => actNow(), everyMs)
    return () => clearInterval(timer)
  }, [everyMs])
}
