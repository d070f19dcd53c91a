import { allocate } from "./allocate.ts";
import { linePrice, subtotal, type BasketLine } from "./basket.ts";
import { discountAmount, type Discount } from "./discount.ts";
import type { Cents } from "./money.ts";
import { vatWithin, type VatClass } from "./vat.ts";

export interface Sale {
  readonly lines: readonly PaidLine[];
  readonly subtotal: Cents;
  readonly discount: { readonly label: string; readonly amount: Cents } | null;
  /** What changes hands: the sum of what was paid for each line. */
  readonly total: Cents;
  readonly vat: Readonly<Record<VatClass, Cents>>;
}

export interface PaidLine extends BasketLine {
  /** Price of the line less its share of the discount. */
  readonly paid: Cents;
}

export function checkOut(lines: readonly BasketLine[], discount: Discount | null = null): Sale {
  const before = subtotal(lines);
  const off = discount ? discountAmount(before, discount) : 0;
  const shares = allocate(off, lines.map(linePrice));
  const paid = lines.map((line, index) => ({ ...line, paid: linePrice(line) - (shares[index] ?? 0) }));
  return {
    lines: paid,
    subtotal: before,
    discount: discount ? { label: discount.label, amount: off } : null,
    total: paid.reduce((sum, line) => sum + line.paid, 0),
    vat: { book: vatOf("book", paid), goods: vatOf("goods", paid) },
  };
}

function vatOf(vatClass: VatClass, lines: readonly PaidLine[]): Cents {
  const gross = lines.filter((line) => line.vat === vatClass).reduce((sum, line) => sum + line.paid, 0);
  return vatWithin(gross, vatClass);
}
