/**
 * The system calls of a sandbox, in the form that Docker takes as `seccomp=…`: what is not named is refused. In the place of the
 * engine's own list, since that one depends on the engine's version: Docker 20.10 lets io_uring and vsock through, and a vsock
 * leads past `NetworkMode: none` to whatever the machine's hypervisor offers. Not in it either: namespaces, mounts, keys, BPF,
 * userfaultfd, other processes' memory. `ptrace` is: debuggers and leak checkers are part of test suites. Programs of another
 * architecture than the machine's (32 bits) do not run, because their sockets cannot be told apart.
 */
export function seccompProfile(): string {
  return JSON.stringify(profile);
}

const always = `
accept accept4 access adjtimex alarm arch_prctl arm_fadvise64_64 bind brk cachestat capget capset chdir chmod chown clock_getres
clock_gettime clock_nanosleep close close_range connect copy_file_range creat dup dup2 dup3 epoll_create epoll_create1 epoll_ctl
epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 execve execveat exit exit_group faccessat faccessat2 fadvise64 fallocate fchdir
fchmod fchmodat fchmodat2 fchown fchownat fcntl fdatasync fgetxattr flistxattr flock fork fremovexattr fsetxattr fstat fstatfs fsync
ftruncate futex futex_requeue futex_wait futex_waitv futex_wake futimesat get_robust_list get_thread_area getcpu getcwd getdents
getdents64 getegid geteuid getgid getgroups getitimer getpeername getpgid getpgrp getpid getppid getpriority getrandom getresgid
getresuid getrlimit getrusage getsid getsockname getsockopt gettid gettimeofday getuid getxattr inotify_add_watch inotify_init
inotify_init1 inotify_rm_watch io_cancel io_destroy io_getevents io_pgetevents io_setup io_submit ioctl ioprio_get ioprio_set kill
landlock_add_rule landlock_create_ruleset landlock_restrict_self lchown lgetxattr link linkat listen listxattr llistxattr
lremovexattr lseek lsetxattr lstat madvise map_shadow_stack membarrier memfd_create mincore mkdir mkdirat mknod mknodat mlock mlock2
mlockall mmap mprotect mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink mremap mseal msgctl msgget msgrcv
msgsnd msync munlock munlockall munmap nanosleep newfstatat open openat openat2 pause pidfd_open pidfd_send_signal pipe pipe2
pkey_alloc pkey_free pkey_mprotect poll ppoll prctl pread64 preadv preadv2 prlimit64 process_mrelease pselect6 ptrace pwrite64
pwritev pwritev2 read readahead readlink readlinkat readv recvfrom recvmmsg recvmsg remap_file_pages removexattr rename renameat
renameat2 restart_syscall rmdir rseq rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend
rt_sigtimedwait rt_tgsigqueueinfo sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam
sched_getscheduler sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield seccomp
select semctl semget semop semtimedop sendfile sendmmsg sendmsg sendto set_robust_list set_thread_area set_tid_address setfsgid
setfsuid setgid setgroups setitimer setpgid setpriority setregid setresgid setresuid setreuid setrlimit setsid setsockopt setuid
setxattr shmat shmctl shmdt shmget shutdown sigaltstack signalfd signalfd4 socketpair splice stat statfs statx symlink symlinkat
sync sync_file_range sync_file_range2 syncfs sysinfo tee tgkill time timer_create timer_delete timer_getoverrun timer_gettime
timer_settime timerfd_create timerfd_gettime timerfd_settime times tkill truncate umask uname unlink unlinkat utime utimensat utimes
vfork vmsplice wait4 waitid write writev
`;

/** Flags of `clone` that make a new namespace. */
const namespaceFlags = 0x7e02_0000;
/** What glibc takes for a kernel without it, so that it falls back to `clone`, whose flags can be looked at. */
const ENOSYS = 38;

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
/** The one protocol of netlink that lists interfaces. */
const NETLINK_ROUTE = 0;

/** Plain Linux, Linux on 32 bits, each also with uname's 2.6; and the question which it is. */
const personalities = [0, 0x8, 0x2_0000, 0x2_0008, 0xffff_ffff];

const profile = {
  defaultAction: "SCMP_ACT_ERRNO",
  defaultErrnoRet: 1,
  syscalls: [
    allow(always.trim().split(/\s+/)),
    allow(["clone"], { index: 0, op: "SCMP_CMP_MASKED_EQ", value: namespaceFlags, valueTwo: 0 }),
    { names: ["clone3"], action: "SCMP_ACT_ERRNO", errnoRet: ENOSYS },
    ...[AF_UNIX, AF_INET, AF_INET6].map((family) => allow(["socket"], equal(0, family))),
    allow(["socket"], equal(0, AF_NETLINK), equal(2, NETLINK_ROUTE)),
    ...personalities.map((kind) => allow(["personality"], equal(0, kind))),
  ],
};

interface Condition {
  readonly index: number;
  readonly op: "SCMP_CMP_EQ" | "SCMP_CMP_MASKED_EQ";
  readonly value: number;
  readonly valueTwo?: number;
}

function allow(names: readonly string[], ...args: readonly Condition[]): object {
  return { names, action: "SCMP_ACT_ALLOW", args };
}

function equal(index: number, value: number): Condition {
  return { index, op: "SCMP_CMP_EQ", value };
}
