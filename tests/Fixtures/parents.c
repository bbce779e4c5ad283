/*
 * Parents that do not wait for their dead children, and that notice whatever is done to them.
 *
 *   parents MODE [COUNT]
 *
 * Makes COUNT children (1) that exit with 7, waits until they are dead without reaping them, prints "ready PID PID ...", and does what
 * MODE says until its standard input is closed. Then it prints "ok ..." and exits with 0, or "BAD what" and exits with 1.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/sem.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void bad(const char *what)
{
    printf("BAD %s (errno %d)\n", what, errno);
    fflush(stdout);
    _exit(1);
}

/* Loads every general register, some vector registers and the red zone with known values, counts down, and compares. */
long spin(long rounds);
__asm__(
    ".intel_syntax noprefix\n"
    ".globl spin\n.type spin,@function\nspin:\n"
    "push rbx\n push rbp\n push r12\n push r13\n push r14\n push r15\n"
    "mov rax, rdi\n"
    "mov rbx, 0x1111111122222222\n mov rcx, 0x3333333344444444\n mov rdx, 0x5555555566666666\n"
    "mov rsi, 0x7777777788888888\n mov rdi, 0x0123456789abcdef\n mov rbp, 0x1234123412341234\n"
    "mov r8, 0x0808080808080808\n mov r9, 0x0909090909090909\n mov r10, 0x1010101010101010\n"
    "mov r11, 0x1101110111011101\n mov r12, 0x1212121212121212\n mov r13, 0x1313131313131313\n"
    "mov r14, 0x1414141414141414\n mov r15, 0x1515151515151515\n"
    "movq xmm0, rbx\n movq xmm7, rdi\n movq xmm15, r15\n"
    "mov [rsp - 8], rbx\n mov [rsp - 64], rsi\n mov [rsp - 128], r15\n"
    "1: dec rax\n jnz 1b\n"
    "mov rax, 0x1111111122222222\n cmp rbx, rax\n jne 2f\n cmp [rsp - 8], rax\n jne 2f\n movq rbx, xmm0\n cmp rbx, rax\n jne 2f\n"
    "mov rax, 0x3333333344444444\n cmp rcx, rax\n jne 2f\n"
    "mov rax, 0x5555555566666666\n cmp rdx, rax\n jne 2f\n"
    "mov rax, 0x7777777788888888\n cmp rsi, rax\n jne 2f\n cmp [rsp - 64], rax\n jne 2f\n"
    "mov rax, 0x0123456789abcdef\n cmp rdi, rax\n jne 2f\n movq rbx, xmm7\n cmp rbx, rax\n jne 2f\n"
    "mov rax, 0x1234123412341234\n cmp rbp, rax\n jne 2f\n"
    "mov rax, 0x0808080808080808\n cmp r8, rax\n jne 2f\n"
    "mov rax, 0x0909090909090909\n cmp r9, rax\n jne 2f\n"
    "mov rax, 0x1010101010101010\n cmp r10, rax\n jne 2f\n"
    "mov rax, 0x1101110111011101\n cmp r11, rax\n jne 2f\n"
    "mov rax, 0x1212121212121212\n cmp r12, rax\n jne 2f\n"
    "mov rax, 0x1313131313131313\n cmp r13, rax\n jne 2f\n"
    "mov rax, 0x1414141414141414\n cmp r14, rax\n jne 2f\n"
    "mov rax, 0x1515151515151515\n cmp r15, rax\n jne 2f\n cmp [rsp - 128], rax\n jne 2f\n movq rbx, xmm15\n cmp rbx, rax\n jne 2f\n"
    "xor eax, eax\n jmp 3f\n"
    "2: mov eax, 1\n"
    "3: pop r15\n pop r14\n pop r13\n pop r12\n pop rbp\n pop rbx\n ret\n"
    ".att_syntax prefix\n");

#define BUFFER (256 * 1024)
static uint64_t checksum(const unsigned char *p)
{
    uint64_t h = 14695981039346656037ull;
    for (int i = 0; i < BUFFER; i++)
        h = (h ^ p[i]) * 1099511628211ull;
    return h;
}

static int closed(int milliseconds)
{
    struct pollfd p = { 0, POLLIN, 0 };
    int n;
    do
        n = poll(&p, 1, milliseconds);
    while (n < 0 && errno == EINTR);
    return n > 0;
}

static volatile sig_atomic_t stop;

static unsigned long compute(int alone)
{
    unsigned char *p = malloc(BUFFER);
    for (int i = 0; i < BUFFER; i++)
        p[i] = (unsigned char)(i * 31 + 7);
    uint64_t expect = checksum(p);
    unsigned long rounds = 0;
    while (alone ? !(rounds % 16 == 0 && closed(0)) : !stop) {
        if (spin(1000000))
            bad("registers");
        if (rounds % 8 == 0 && checksum(p) != expect)
            bad("memory");
        rounds++;
    }
    return rounds;
}

static int child(void *unused)
{
    (void)unused;
    _exit(7);
}

static pid_t made[100000];

static void make(int count, int flags)
{
    static char stack[65536];
    for (int i = 0; i < count; i++) {
        made[i] = flags < 0 ? fork() : clone(child, stack + sizeof stack, flags, NULL);
        if (made[i] == 0)
            _exit(7);
        if (made[i] < 0)
            bad("fork");
    }
    for (int i = 0; i < count; i++) {
        siginfo_t info;
        if (waitid(P_PID, made[i], &info, WEXITED | WNOWAIT | __WALL))
            bad("waitid");
    }
}

static void ready(int count)
{
    printf("ready");
    for (int i = 0; i < count; i++)
        printf(" %d", made[i]);
    printf("\n");
    fflush(stdout);
}

static void *thread_spin(void *unused)
{
    (void)unused;
    compute(0);
    return NULL;
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

static void *thread_sleep(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&mutex);
    while (!stop)
        pthread_cond_wait(&condition, &mutex);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static void *thread_make(void *count)
{
    make((int)(intptr_t)count, -1);
    closed(-1);
    return NULL;
}

static void *thread_signal(void *unused)
{
    (void)unused;
    closed(-1);
    pthread_mutex_lock(&mutex);
    stop = 1;
    pthread_cond_broadcast(&condition);
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static int semaphore;
static void *thread_semaphore(void *unused)
{
    (void)unused;
    struct sembuf up = { 0, 1, 0 };
    closed(-1);
    semop(semaphore, &up, 1);
    return NULL;
}

static void *thread_usr(void *unused)
{
    (void)unused;
    closed(-1);
    kill(getpid(), SIGUSR1);
    return NULL;
}

static void *thread_rmdir(void *path)
{
    closed(-1);
    rmdir(path);
    return NULL;
}

static volatile unsigned long alarms;
static void on_alarm(int s) { (void)s; alarms++; }
static void on_child_one(int s) { (void)s; int e = errno; waitpid(-1, NULL, WNOHANG); errno = e; }
static void on_child_all(int s) { (void)s; int e = errno; while (waitpid(-1, NULL, WNOHANG) > 0) { } errno = e; }
static void on_child_blocking(int s) { (void)s; int e = errno; wait(NULL); errno = e; }
static void on_child_twice(int s) { (void)s; int e = errno; wait(NULL); wait(NULL); errno = e; }

/* A handler that has missed its signals: the children died while the signal was blocked, and it was taken away. */
static void missed(int count, void (*handler)(int))
{
    sigset_t chld, none;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigemptyset(&none);
    sigprocmask(SIG_BLOCK, &chld, NULL);
    make(count, -1);
    struct timespec zero = { 0, 0 };
    while (sigtimedwait(&chld, NULL, &zero) > 0) { }
    struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };
    sigaction(SIGCHLD, &action, NULL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Never leaves a restartable sequence but by being aborted in it (rseq(2)). */
static unsigned long in_sequence(void)
{
#if defined(__has_include) && __has_include(<sys/rseq.h>)
    extern const ptrdiff_t __rseq_offset __attribute__((weak));
    extern const unsigned int __rseq_size __attribute__((weak));
    if (!&__rseq_offset || __rseq_size == 0)
        bad("no rseq");
    char *area = (char *)__builtin_thread_pointer() + __rseq_offset;
    unsigned long aborts = 0;
    while (!(aborts % 4 == 0 && closed(0))) {
        unsigned long count = 200000000;
        __asm__ volatile goto(
            ".pushsection __rseq_cs, \"aw\"\n .balign 32\n 9: .long 0, 0\n .quad 1f, 2f - 1f, 4f\n .popsection\n"
            "lea 9b(%%rip), %%rax\n mov %%rax, 8(%0)\n"
            "1: dec %1\n jnz 1b\n"
            "2: jmp 5f\n"
            ".long 0x53053053\n"
            "4: jmp %l[aborted]\n"
            "5:\n"
            : : "r"(area), "r"(count) : "rax", "memory", "cc" : aborted);
        continue;
aborted:
        aborts++;
    }
    return aborts;
#else
    bad("no rseq");
    return 0;
#endif
}

int main(int argc, char **argv)
{
    const char *mode = argc > 1 ? argv[1] : "";
    int count = argc > 2 ? atoi(argv[2]) : 1;
    unsigned long rounds = 0;
#define IS(name) (strcmp(mode, name) == 0)

    if (IS("tracer")) {
        if (ptrace(PTRACE_SEIZE, count, 0, 0))
            bad("seize");
        printf("ready\n");
        fflush(stdout);
        closed(-1);
        return 0;
    }
    if (IS("driver")) {
        /* driver CODEFILE PAGEFILE: runs the reap helper as the tool does and dies by SIGKILL the moment it is started. */
        int code = open(argv[2], O_RDONLY), page = open(argv[3], O_RDWR);
        char *text = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, code, 0);
        char *data = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, page, 0);
        if (text == MAP_FAILED || data == MAP_FAILED)
            bad("mmap");
        mprotect(text, 4096, PROT_READ | PROT_EXEC);
        int parent = *(int *)(data + 0x10), zombie = *(int *)(data + 0x14);
        int *fds = (int *)(data + 0x18);
        fds[0] = (int)syscall(434, parent, 0);
        fds[1] = (int)syscall(434, zombie, 0);
        *(int *)(data + 0x44) = fds[0] < fds[1] ? fds[0] : fds[1];
        *(int *)(data + 0x48) = fds[0] < fds[1] ? fds[1] : fds[0];
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        *(long *)(data + 0x28) = now.tv_sec + 2;
        ((long (*)(void *))text)(data);
        kill(getpid(), SIGKILL);
    }
    if (IS("clone"))
        make(count, 0);
    else if (IS("handler-one"))
        missed(count, on_child_one);
    else if (IS("handler-all"))
        missed(count, on_child_all);
    else if (IS("handler-blocking"))
        missed(count, on_child_blocking);
    else if (IS("handler-twice"))
        missed(count, on_child_twice);
    else if (!IS("thread-child") && !IS("leader-exited"))
        make(count, -1);

    if (IS("compute") || IS("clone")) {
        ready(count);
        rounds = compute(1);
    } else if (IS("read")) {
        ready(count);
        char c;
        if (read(0, &c, 1) != 0)
            bad("read");
    } else if (IS("nanosleep")) {
        struct timespec long_enough = { 1, 500000000 }, before, after;
        clock_gettime(CLOCK_MONOTONIC, &before);
        ready(count);
        if (nanosleep(&long_enough, NULL))
            bad("nanosleep");
        clock_gettime(CLOCK_MONOTONIC, &after);
        double slept = (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
        if (slept < 1.5)
            bad("nanosleep was short");
    } else if (IS("epoll") || IS("epoll-retry")) {
        int e = epoll_create1(0), n;
        struct epoll_event event = { .events = EPOLLIN };
        epoll_ctl(e, EPOLL_CTL_ADD, 0, &event);
        ready(count);
        do
            n = epoll_wait(e, &event, 1, -1);
        while (n < 0 && errno == EINTR && IS("epoll-retry"));
        if (n != 1)
            bad("epoll_wait");
    } else if (IS("epoll-timeout")) {
        int e = epoll_create1(0);
        struct epoll_event event;
        ready(count);
        if (epoll_wait(e, &event, 1, 700) != 0)
            bad("epoll_wait");
    } else if (IS("semop")) {
        pthread_t t;
        semaphore = semget(IPC_PRIVATE, 1, 0600);
        pthread_create(&t, NULL, thread_semaphore, NULL);
        struct sembuf down = { 0, -1, 0 };
        ready(count);
        int result = semop(semaphore, &down, 1);
        semctl(semaphore, 0, IPC_RMID);
        if (result)
            bad("semop");
    } else if (IS("sigwait")) {
        pthread_t t;
        sigset_t usr;
        sigemptyset(&usr);
        sigaddset(&usr, SIGUSR1);
        sigprocmask(SIG_BLOCK, &usr, NULL);
        pthread_create(&t, NULL, thread_usr, NULL);
        ready(count);
        if (sigwaitinfo(&usr, NULL) != SIGUSR1)
            bad("sigwaitinfo");
    } else if (IS("inotify")) {
        char buffer[4096], path[] = "/tmp/zombieops-inotify-XXXXXX";
        pthread_t t;
        int n = inotify_init1(0);
        if (!mkdtemp(path) || inotify_add_watch(n, path, IN_ALL_EVENTS) < 0)
            bad("inotify");
        pthread_create(&t, NULL, thread_rmdir, path);
        ready(count);
        if (read(n, buffer, sizeof buffer) <= 0)
            bad("read of inotify");
        pthread_join(t, NULL);
    } else if (IS("ppoll")) {
        sigset_t mask, now, usr;
        sigfillset(&mask);
        sigemptyset(&usr);
        sigaddset(&usr, SIGUSR2);
        sigprocmask(SIG_SETMASK, &usr, NULL);
        struct pollfd p = { 0, POLLIN, 0 };
        ready(count);
        if (ppoll(&p, 1, NULL, &mask) != 1)
            bad("ppoll");
        sigprocmask(SIG_SETMASK, NULL, &now);
        if (!sigismember(&now, SIGUSR2) || sigismember(&now, SIGUSR1) || sigismember(&now, SIGTRAP))
            bad("mask");
    } else if (IS("futex")) {
        pthread_t t;
        pthread_create(&t, NULL, thread_signal, NULL);
        ready(count);
        thread_sleep(NULL);
        pthread_join(t, NULL);
    } else if (IS("threads")) {
        pthread_t t[32];
        for (int i = 0; i < 32; i++)
            pthread_create(&t[i], NULL, i < 2 ? thread_spin : thread_sleep, NULL);
        ready(count);
        rounds = compute(1);
        pthread_mutex_lock(&mutex);
        stop = 1;
        pthread_cond_broadcast(&condition);
        pthread_mutex_unlock(&mutex);
        for (int i = 0; i < 32; i++)
            pthread_join(t[i], NULL);
    } else if (IS("thread-child")) {
        pthread_t t;
        pthread_create(&t, NULL, thread_make, (void *)(intptr_t)count);
        while (!((volatile pid_t *)made)[count - 1])
            usleep(1000);
        usleep(20000);
        ready(count);
        rounds = compute(1);
        pthread_join(t, NULL);
    } else if (IS("storm")) {
        struct sigaction action = { .sa_handler = on_alarm, .sa_flags = SA_RESTART };
        sigaction(SIGALRM, &action, NULL);
        struct itimerval each = { { 0, 1000 }, { 0, 1000 } };
        setitimer(ITIMER_REAL, &each, NULL);
        ready(count);
        rounds = compute(1);
        if (alarms == 0)
            bad("no alarms");
    } else if (IS("trap")) {
        sigset_t trap, now;
        sigemptyset(&trap);
        sigaddset(&trap, SIGTRAP);
        signal(SIGTRAP, SIG_IGN);
        sigprocmask(SIG_BLOCK, &trap, NULL);
        ready(count);
        rounds = compute(1);
        struct sigaction action;
        sigaction(SIGTRAP, NULL, &action);
        sigprocmask(SIG_SETMASK, NULL, &now);
        if (action.sa_handler != SIG_IGN || !sigismember(&now, SIGTRAP))
            bad("SIGTRAP is not ignored and blocked any more");
    } else if (IS("seccomp")) {
        ready(count);
        prctl(PR_SET_SECCOMP, 1);
        char c;
        syscall(SYS_read, 0, &c, 1);
        syscall(SYS_write, 1, "ok\n", 3);
        syscall(SYS_exit, 0);
    } else if (IS("sequence")) {
        ready(count);
        rounds = in_sequence();
    } else if (IS("dispatch")) {
#ifdef PR_SET_SYSCALL_USER_DISPATCH
        static char selector = 0;
        if (prctl(PR_SET_SYSCALL_USER_DISPATCH, 1, 0, 0, &selector))
            bad("no user dispatch");
        ready(count);
        rounds = compute(1);
#else
        bad("no user dispatch");
#endif
    } else if (IS("handler-one") || IS("handler-all")) {
        ready(count);
        while (!closed(20)) { }
    } else if (IS("handler-blocking") || IS("handler-twice")) {
        /* A child that lives as long as standard input is open. */
        if (fork() == 0) {
            signal(SIGCHLD, SIG_DFL);
            closed(-1);
            _exit(0);
        }
        ready(count);
        while (!closed(20)) { }
    } else if (IS("leader-exited")) {
        /* A live program that shows Z: its first thread ends, the other one works on. */
        made[0] = fork();
        if (made[0] == 0) {
            pthread_t t;
            pthread_create(&t, NULL, thread_signal, NULL);
            syscall(SYS_exit, 0);
        }
        ready(1);
        closed(-1);
    } else if (IS("vfork")) {
        ready(count);
        if (vfork() == 0) {
            struct pollfd p = { 0, POLLIN, 0 };
            poll(&p, 1, -1);
            _exit(0);
        }
    } else if (IS("ignores-term")) {
        signal(SIGTERM, SIG_IGN);
        ready(count);
        while (!closed(20)) { }
    } else {
        bad("unknown mode");
    }

    printf("ok %s rounds=%lu\n", mode, rounds);
    return 0;
}
