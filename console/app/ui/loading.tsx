/** Keeps the place of what is on its way, so that nothing moves when it comes. Heights are pixels, each of a block of its own. */
export const Loading = ({ what, heights }: { readonly what: string; readonly heights: readonly number[] }) => {
  const blocks = heights.map((height, index) => ({ height, key: `${index}` }))
  return (
    <div className="stack" aria-busy="true">
      <span className="hidden-text" role="status">
        {what} is loading
      </span>
      {blocks.map(({ height, key }) => (
        <span key={key} className="skeleton" style={{ height }} />
      ))}
    </div>
  )
}
