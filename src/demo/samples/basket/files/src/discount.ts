import { roundCents, type Cents } from "./money.ts";

export type Discount =
  | { readonly kind: "percent"; readonly percent: number; readonly label: string }
  | { readonly kind: "amount"; readonly amount: Cents; readonly label: string };

/** What a discount takes off: never more than there is to pay, and nothing when the shop owes the customer. */
export function discountAmount(subtotal: Cents, discount: Discount): Cents {
  if (subtotal <= 0) return 0;
  switch (discount.kind) {
    case "percent":
      return roundCents((subtotal * Math.min(discount.percent, 100)) / 100);
    case "amount":
      return Math.min(discount.amount, subtotal);
  }
}
