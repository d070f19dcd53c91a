/**
 * Of the commit by which CI waits. GitHub's form: two empty lines, then the trailer at the very end; it is asked of the head of
 * what is pushed only. An approval knows the commit by these words: with others, what waits already would start no more.
 */
export const waitingMessage = `Let CI wait for a person

By \`ci: after_approval\` in .github/handback.yml. CI starts with the next commit: a person's, or the one that
Handback adds when its pull request is approved.


skip-checks: true
`;

/** Whether a commit says so. Anybody can write these words. */
export function letsCiWait({ message }: { message: string }): boolean {
  return message.trim() === waitingMessage.trim();
}

/** Of the commit on top of it. */
export const startMessage = `Start CI

A person with write access approved the commit before this one.
`;
