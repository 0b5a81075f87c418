const PATHS = {
  check: 'M3.5 8.5l3 3 6-7',
  cross: 'M4 4l8 8M12 4l-8 8',
  skip: 'M3.5 4l5 4-5 4zM12 4v8',
  clock: 'M8 4.5V8l2.5 1.5M8 14A6 6 0 108 2a6 6 0 000 12z',
  play: 'M5 3.5l7 4.5-7 4.5z',
  warn: 'M8 6v3.2M8 11.6v.1M8 2.2l6.3 11.3H1.7z',
  info: 'M8 7.4v4M8 4.7v.1M8 14.3A6.3 6.3 0 108 1.7a6.3 6.3 0 000 12.6z',
  stop: 'M4.5 4.5h7v7h-7z',
  again: 'M13 8a5 5 0 11-1.5-3.6M12.6 1.8v3h-3',
  busy: 'M8 2a6 6 0 106 6',
  plus: 'M8 3v10M3 8h10',
  sun: 'M8 11a3 3 0 100-6 3 3 0 000 6zM8 1v1.5M8 13.500v1.5M1 8h1.500M13.500 8H15M3 3l1 1M12 12l1 1M3 13l1-1M12 4l1-1',
  moon: 'M13.500 9.500A6 6 0 016.500 2.500a6 6 0 107 7z',
  auto: 'M2.500 3.500h11v7.500h-11zM6 13.500h4',
} as const
export type IconName = keyof typeof PATHS

/** Decoration: what it says must stand beside it in words. */
export const Icon = ({ name, size = 16 }: { readonly name: IconName; readonly size?: number }) => (
  <svg
    className={name === 'busy' ? 'icon spinning' : 'icon'}
    width={size}
    height={size}
    viewBox="0 0 16 16"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.75"
    strokeLinecap="round"
    strokeLinejoin="round"
    aria-hidden="true"
  >
    <path d={PATHS[name]} />
  </svg>
)
