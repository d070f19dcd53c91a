/**
 * Whom a text names, as GitHub would notify them; broader than GitHub's own rule, which is not published. 1: the name, `name` or
 * `organisation/team`. An address like a@b.c is none.
 */
export const mentionedName =
  /(?<![A-Za-z0-9_])@([A-Za-z0-9][A-Za-z0-9-]{0,38}(?:\/[A-Za-z0-9][\w.-]{0,99})?)/gu;
