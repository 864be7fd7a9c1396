/*
 * The fence around the drawing: limits that the kernel keeps, and a filter of system calls that
 * refuses what a drawing never needs. Reading stays allowed, because text needs fonts.
 */
#include "svg.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#define MAX_FILES 64

#if defined(__x86_64__)
#define THIS_MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define THIS_MACHINE AUDIT_ARCH_AARCH64
#endif

static void limit(int what, uint64_t n)
{
    const struct rlimit both = {(rlim_t)n, (rlim_t)n};

    setrlimit((__rlimit_resource_t)what, &both);
}

/* Bytes of data that the process has now; 0 where that cannot be told. Data, not addresses: fonts
 * are mapped whole. */
static uint64_t data_bytes(void)
{
    unsigned long long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");

    if (f == NULL)
        return 0;
    if (fscanf(f, "%*u %*u %*u %*u %*u %llu", &pages) != 1)
        pages = 0;
    fclose(f);
    return (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void limit_resources(const svg_order *order)
{
    const struct itimerval time = {.it_value = {.tv_sec = order->milliseconds / 1000,
                                                .tv_usec = order->milliseconds % 1000 * 1000}};
    const uint64_t data = data_bytes();

    /* One arena: each more would set much aside for threads that text starts. */
    mallopt(M_ARENA_MAX, 1);
    signal(SIGPROF, SIG_DFL);
    signal(SIGXFSZ, SIG_IGN); /* a write is then an error, not the end */
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, (uint64_t)order->side * order->side * 3 + 64); /* a reply into a file */
    limit(RLIMIT_NOFILE, MAX_FILES);
    if (data > 0)
        limit(RLIMIT_DATA, data + ((uint64_t)order->mebibytes << 20));
    setitimer(ITIMER_PROF, &time, NULL);
    limit(RLIMIT_CPU, order->milliseconds / 1000 + 2); /* should the timer be taken away */
}

#ifdef THIS_MACHINE

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

/* Answered with EPERM. io_uring would carry out any of the others behind the filter's back. */
static const uint32_t refused[] = {
    SYS_socket,
    SYS_socketpair,
    SYS_execve,
    SYS_execveat,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_unlinkat,
    SYS_renameat,
    SYS_renameat2,
    SYS_mkdirat,
    SYS_linkat,
    SYS_symlinkat,
    SYS_mknodat,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_fchown,
    SYS_fchownat,
    SYS_truncate,
    SYS_utimensat,
    SYS_mount,
    SYS_process_vm_writev,
    SYS_setrlimit,
    SYS_setitimer,
    SYS_perf_event_open,
    SYS_bpf,
    SYS_keyctl,
    SYS_setsid,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_kill,
    SYS_tkill,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
    SYS_pidfd_send_signal,
    SYS_pidfd_open,
    SYS_pidfd_getfd,
    SYS_setxattr,
    SYS_lsetxattr,
    SYS_fsetxattr,
    SYS_removexattr,
    SYS_lremovexattr,
    SYS_fremovexattr,
    SYS_fchmodat2,
    SYS_setns,
    SYS_unshare,
    SYS_chroot,
    SYS_pivot_root,
    SYS_umount2,
    SYS_move_mount,
    SYS_fsmount,
    SYS_open_tree,
    SYS_mount_setattr,
    SYS_add_key,
    SYS_request_key,
#ifdef SYS_open
    SYS_fork,
    SYS_vfork,
    SYS_creat,
    SYS_unlink,
    SYS_rename,
    SYS_mkdir,
    SYS_rmdir,
    SYS_link,
    SYS_symlink,
    SYS_mknod,
    SYS_chmod,
    SYS_chown,
    SYS_lchown,
    SYS_utimes,
    SYS_utime,
#endif
};

#define N_REFUSED      (sizeof(refused) / sizeof(refused[0]))
#define MAX_STATEMENTS (N_REFUSED * 2 + 32)

typedef struct filter {
    struct sock_filter code[MAX_STATEMENTS];
    unsigned short n;
} filter;

static void put(filter *f, uint16_t code, uint32_t k, uint8_t if_true, uint8_t if_false)
{
    f->code[f->n++] = (struct sock_filter){code, if_true, if_false, k};
}

static void load(filter *f, size_t offset)
{
    put(f, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

static void answer(filter *f, uint32_t k)
{
    put(f, BPF_RET | BPF_K, k, 0, 0);
}

/* The call `number` is refused when its argument (low word) has any of the bits, or for
 * `unless` none of them. */
static void refuse_by_bits(filter *f, uint32_t number, size_t argument, uint32_t bits, bool unless)
{
    put(f, BPF_JMP | BPF_JEQ | BPF_K, number, 0, 4);
    load(f, offsetof(struct seccomp_data, args) + 8 * argument);
    put(f, BPF_JMP | BPF_JSET | BPF_K, bits, unless ? 1 : 0, unless ? 0 : 1);
    answer(f, SECCOMP_RET_ERRNO | EPERM);
    answer(f, SECCOMP_RET_ALLOW);
}

static void build(filter *f)
{
    const uint32_t writes = O_WRONLY | O_RDWR | O_CREAT | O_TRUNC;

    load(f, offsetof(struct seccomp_data, arch));
    put(f, BPF_JMP | BPF_JEQ | BPF_K, THIS_MACHINE, 1, 0);
    answer(f, SECCOMP_RET_KILL_PROCESS);
    load(f, offsetof(struct seccomp_data, nr));
    for (size_t i = 0; i < N_REFUSED; i++) {
        put(f, BPF_JMP | BPF_JEQ | BPF_K, refused[i], 0, 1);
        answer(f, SECCOMP_RET_ERRNO | EPERM);
    }
    /* These hide their arguments behind a pointer; the C library then takes the older call. */
    put(f, BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 1, 0);
    put(f, BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1);
    answer(f, SECCOMP_RET_ERRNO | ENOSYS);
    refuse_by_bits(f, SYS_clone, 0, CLONE_THREAD, true); /* a thread, but no process */
    refuse_by_bits(f, SYS_openat, 2, writes, false);
    refuse_by_bits(f, SYS_prlimit64, 2, UINT32_MAX, false); /* asking is fine, setting is not */
#ifdef SYS_open
    refuse_by_bits(f, SYS_open, 1, writes, false);
#endif
    answer(f, SECCOMP_RET_ALLOW);
}

static void filter_calls(void)
{
    filter f = {.n = 0};
    struct sock_fprog program;

    build(&f);
    program = (struct sock_fprog){.len = f.n, .filter = f.code};
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

#else

static void filter_calls(void)
{
}

#endif

void svg_confine(const svg_order *order)
{
    limit_resources(order);
    filter_calls(); /* where the kernel has none, the limits still hold */
}
