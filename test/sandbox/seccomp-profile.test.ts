import { afterAll, beforeAll, expect, test } from "vitest";
import type { Sandbox } from "../../src/sandbox/sandbox.ts";
import { sampleRepository, type SampleRepository } from "../support/sample-repository.ts";
import { startSandbox } from "../support/start-sandbox.ts";

let sample: SampleRepository;
let sandbox: Sandbox;

beforeAll(async () => {
  sample = sampleRepository();
  sandbox = await startSandbox(sample);
});
afterAll(async () => {
  await sandbox?.[Symbol.asyncDispose]();
  sample?.[Symbol.dispose]();
});

/** Numbers on x86-64 and arm64. */
const refused = {
  io_uring_setup: [425, 425],
  userfaultfd: [323, 282],
  keyctl: [250, 219],
  add_key: [248, 217],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  unshare: [272, 97],
  setns: [308, 268],
  mount: [165, 40],
  fsopen: [430, 430],
  open_tree: [428, 428],
  pivot_root: [155, 41],
  open_by_handle_at: [304, 265],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  pidfd_getfd: [438, 438],
  kcmp: [312, 272],
  memfd_secret: [447, 447],
  init_module: [175, 105],
  kexec_load: [246, 104],
  chroot: [161, 51],
} as const;

test("refuses system calls that lead to other namespaces, to the kernel's weak parts, or into other processes", async () => {
  const { preview } = await python(`
import ctypes, os, platform
libc = ctypes.CDLL(None, use_errno=True)
column = 0 if platform.machine() == "x86_64" else 1
for name, numbers in ${JSON.stringify(refused)}.items():
    ctypes.set_errno(0)
    result = libc.syscall(numbers[column], 0, 0, 0, 0, 0, 0)
    if result >= 0 or ctypes.get_errno() != 1: print(name, result, os.strerror(ctypes.get_errno()))
CLONE_NEWUSER = 0x10000000
ctypes.set_errno(0)
if libc.syscall(56 if column == 0 else 220, CLONE_NEWUSER | 17, 0, 0, 0, 0) != -1: print("a new user namespace")
print("asked")
`);
  expect(preview).toBe("asked\n");
});

test("has sockets for the internet's families and this machine's, and for no other: not vsock, packet, or netlink but for interfaces", async () => {
  const { preview } = await python(`
import socket
def can(*what):
    try: socket.socket(*what).close(); return True
    except PermissionError: return False
print([can(family, socket.SOCK_STREAM) for family in (1, 2, 10)], can(16, socket.SOCK_RAW, 0))
print([number for number in range(64) if number not in (1, 2, 10, 16) and can(number, socket.SOCK_STREAM)])
print([number for number in range(1, 32) if can(16, socket.SOCK_RAW, number)])
`);
  expect(preview).toBe("[True, True, True] True\n[]\n[]\n");
});

test(
  "lets a debugger's call, threads, processes, shared memory, and compilers' checkers work",
  { timeout: 60_000 },
  async () => {
    const { preview } = await python(`
import ctypes, multiprocessing, os, threading, subprocess
libc = ctypes.CDLL(None, use_errno=True)
child = os.fork()
if child == 0: os._exit(1 if libc.ptrace(0, 0, 0, 0) == 0 else 2)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
with multiprocessing.get_context("fork").Pool(2) as pool: print(pool.map(abs, [-1, -2]))
thread = threading.Thread(target=lambda: print("thread")); thread.start(); thread.join()
print(subprocess.run(["node", "-e", "new (require('node:worker_threads').Worker)('console.log(Object.keys(require(\\"node:os\\").networkInterfaces()).length >= 0)', { eval: true })"], capture_output=True, text=True).stdout)
`);
    expect(preview.trim().split(/\n+/)).toEqual(["1", "[1, 2]", "thread", "true"]);
    const leak = await sandbox.exec(
      "cd /tmp && printf '#include <stdlib.h>\\nint main(void) { void *p = malloc(7); p = 0; return p != 0; }' > leak.c && gcc -fsanitize=address leak.c -o leak && ./leak 2>&1 | grep -c 'LeakSanitizer: detected memory leaks'",
      { timeoutMs: 40_000 },
    );
    expect(leak.preview.trim()).toBe("1");
  },
);

async function python(program: string) {
  await sandbox.writeFile("probe.py", Buffer.from(program));
  return await sandbox.exec("python3 probe.py 2>&1", { timeoutMs: 30_000 });
}
