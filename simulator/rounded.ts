/** Two decimals, as such figures are usually given. */
export const rounded = (value: number): number => Math.round(value * 100) / 100
