import { roundCents, type Cents } from "./money.ts";

export type VatClass = "book" | "goods";

const percentOf: Record<VatClass, number> = { book: 7, goods: 19 };

export function vatPercent(vatClass: VatClass): number {
  return percentOf[vatClass];
}

/** The VAT that is contained in a price paid. */
export function vatWithin(gross: Cents, vatClass: VatClass): Cents {
  const percent = vatPercent(vatClass);
  return roundCents((gross * percent) / (100 + percent));
}
