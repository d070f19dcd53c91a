/** Whether a secret could be found by trying: too short, of few characters, a pattern, or made of words that people use for it. */
export function isGuessable(secret: string): boolean {
  if (secret.length < shortest) return true;
  const plain = secret.toLowerCase();
  return new Set(plain).size < 6 || isRepeated(plain) || isSequence(plain) || withoutWords(plain).length < 8;
}

const shortest = 16;

/** One piece over and over, and it may be cut at the end. */
function isRepeated(text: string): boolean {
  for (let length = 1; length <= text.length / 2; length += 1) {
    const piece = text.slice(0, length);
    if (piece.repeat(Math.ceil(text.length / length)).startsWith(text)) return true;
  }
  return false;
}

/** `0123456789abcdef`: most characters are the neighbour of the one before. */
function isSequence(text: string): boolean {
  const steps = [...text].slice(1).filter((character, index) => {
    const step = character.charCodeAt(0) - text.charCodeAt(index);
    return step === 1 || step === -1;
  });
  return steps.length > (text.length - 1) * 0.6;
}

/** What is left to guess when known words, years and what stands between them are taken out. */
function withoutWords(text: string): string {
  return text.replace(words, "").replace(/(?:19|20)\d\d|12345?6?7?8?9?0?|[^a-z0-9]/g, "");
}

const words = new RegExp(
  [
    "development|production|staging|testing|local(?:host)?|default|sample|example|placeholder|dummy",
    "required|needed|unused|none|ollama|lm-?studio|llama|vllm",
    "secrets?|password|passwd|passphrase|webhooks?|github|hand-?back|tokens?|keys?|private|signature",
    "change-?(?:me|this)?|please|replace|insert|enter|your|here|this|that|with|some|very|long|random|value|string",
    "admin|root|user|letmein|welcome|qwerty(?:uiop)?|qwertz(?:uiop)?|asdf(?:ghjkl)?|zxcvbnm|dev|prod|test|prob(?:e|ot)|agent|app|bot|the|my",
  ].join("|"),
  "g",
);
