/** With a capital at its start and an end: what git, Docker or a schema says is not always a sentence. */
export function sentence(text: string): string {
  const whole = /[.!?:…”]$/.test(text) ? text : `${text}.`;
  return whole.charAt(0).toUpperCase() + whole.slice(1);
}
