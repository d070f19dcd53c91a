import { z } from "zod";

/** `a.example.com, *.b.example.com`, or `none`. */
export const hostNames = z.string().transform((text, context) => {
  if (text.trim() === "none") return [];
  const names = text.split(",").map((name) => name.trim().toLowerCase());
  const wrong = names.find(
    (name) => !/^(\*\.)?([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z]([a-z0-9-]*[a-z0-9])?$/.test(name),
  );
  if (wrong === undefined) return names;
  const message =
    "must be host names with commas between (`*.example.com` for all below one), without https:// and ports, or `none`";
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});
