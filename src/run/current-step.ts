import { AsyncLocalStorage } from "node:async_hooks";

const steps = new AsyncLocalStorage<string>();

/** Runs the body of a step so that whatever it reaches can tell in which step it is, also while other steps run beside it. */
export function inStep<T>(name: string, body: () => Promise<T>): Promise<T> {
  return steps.run(name, body);
}

/** The step that the caller works for; "" outside of all steps. */
export function currentStep(): string {
  return steps.getStore() ?? "";
}
