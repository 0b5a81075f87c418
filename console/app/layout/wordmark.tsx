/** The name, and a baton that is passed on. */
export const Wordmark = () => (
  <a href="#/" className="wordmark">
    <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="8" fill="#3438c8" />
      <path d="M8.500 23.500 23.500 8.500" stroke="#fff" strokeWidth="4" strokeLinecap="round" />
      <circle cx="9" cy="23" r="4" fill="#ffb84d" />
    </svg>
    Baton
  </a>
)
