/** An amount of money in whole cents; below zero when the shop pays the customer. */
export type Cents = number;

/** To the nearest cent; half a cent goes away from zero, as on paper. */
export function roundCents(value: number): Cents {
  // + 0 turns -0 into 0.
  return Math.sign(value) * Math.round(Math.abs(value)) + 0;
}

/** `1250` becomes `€12.50`. */
export function formatMoney(amount: Cents): string {
  const euros = Math.floor(amount / 100);
  const cents = String(amount % 100).padStart(2, "0");
  return `€${euros}.${cents}`;
}

/** Reads what is typed at the till: `12`, `12.50`, `12,50` or `€12.50`. Throws RangeError for anything else. */
export function parseMoney(text: string): Cents {
  const match = /^€?(\d+)(?:[.,](\d{2}))?$/.exec(text.trim());
  if (!match) throw new RangeError(`Not an amount of money: ${JSON.stringify(text)}`);
  return Number(match[1]) * 100 + Number(match[2] ?? 0);
}
