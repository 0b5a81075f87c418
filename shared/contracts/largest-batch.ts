/** Essays of the largest batch that any configuration allows. */
export const LARGEST_BATCH = 100_000
