import { sandboxContract } from "../contract/sandbox.contract.ts";
import { LocalDirectorySandbox } from "../support/local-directory-sandbox.ts";

sandboxContract("LocalDirectorySandbox", () => LocalDirectorySandbox.create({ "README.md": "# Hello\n" }));
