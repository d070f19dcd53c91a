/** What GitHub brings to life in rendered text. Broader than GitHub's own rules where those are not published. */

/** 1: the keyword, 2: what stands between it and the reference which it would close. */
export const closingKeyword =
  /\b(close[sd]?|fix(?:e[sd])?|resolve[sd]?)(\s*:?[\s*_~(\\[]+(?=(?:[\w.-]{1,100}\/[\w.-]{1,100})?#\d|gh-\d|https?:))/giu;

/** As GitHub links it without being asked. */
export const webAddress = /(?:\b(?:https?|ftp):\/\/|\bwww\.)[^\s<>"'`\])\\]+/giu;

/** `https://host/o/r` is below itself and above `https://host/o/r/pull/1`, but not above `https://host/o/rest`. */
export function isBelow(address: string, prefix: string): boolean {
  return address === prefix || address.startsWith(`${prefix}/`) || address.startsWith(`${prefix}#`);
}

const plain =
  "</?(?:details|summary|sub|sup|b|i|em|strong|code|kbd|br|p|ul|ol|li|table|thead|tbody|tr|td|th)>|<details open>|<br ?/>|<!-- handback:finding:\\w{1,40} -->";

/** HTML that only folds or shapes text, without attributes, and the marker that leads from a thread to its finding. */
export const plainTag = new RegExp(plain, "g");

/** The `<` of any other HTML. */
export const foreignTag = new RegExp(`(?!${plain})<(?=[a-z/!?])`, "gi");
