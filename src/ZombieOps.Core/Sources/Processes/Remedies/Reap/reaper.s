# The reap helper: makes one process wait for exactly one dead child of it, by ptrace. x86-64 Linux, GNU assembler.
#
#   long spawn(struct page *page)      System V calling convention; returns the helper's pid or -errno
#
# Why machine code and not C#: the tracer has to be a process that can end at any time (the kernel then detaches, ptrace(2)) and in which
# every signal is blocked. A forked copy of a managed runtime can run no managed code, so the copy runs these bytes and nothing else:
# position-independent, system calls only, no stack but its own, no libc.
#
# Why clone() without flags and with exit signal 0: a plain fork whose end sends no SIGCHLD to the tool. Neither the .NET runtime nor a
# PowerShell that hosts it ever sees this child; it can be waited for only by its pid with __WALL or __WCLONE (wait(2)).
#
# Why PTRACE_SYSCALL and not PTRACE_SINGLESTEP to run the one system call:
#   - the stops at a system call queue no signal. A single step ends in a forced SIGTRAP, which resets the disposition and the mask of a
#     process that ignores or blocks SIGTRAP (kernel/signal.c, force_sig_info_to_task);
#   - when a tracer dies the kernel drops the system call stops (kernel/ptrace.c, __ptrace_unlink) and keeps the trap flag of a single
#     step, so that a parent whose registers are long restored would die of SIGTRAP. The unsafe window would last until the detach.
#
# The one unsafe window lies between the labels window_begin and window_end. Killed anywhere else, the parent goes on (docs/reap.md).
#
# Rebuild ReaperCode.cs after a change: see docs/reap.md. A test assembles this file and compares.

        .intel_syntax noprefix
        .text
        .globl spawn

# --- struct page: shared memory, written by both sides (ReapPage.cs) ---
        .set GATE,        0x00          # u32  0 open, 1 in the window, 2 cancelled: changed by compare-and-swap only
        .set STEP,        0x04          # u32  the last step that was reached
        .set OUTCOME,     0x08          # u32  ReapOutcome
        .set ERROR,       0x0c          # u32  errno of the call that failed
        .set PARENT,      0x10          # u32  pid of the process to be traced
        .set ZOMBIE,      0x14          # u32  pid of its dead child
        .set PARENT_FD,   0x18          # u32  pidfd of the parent
        .set ZOMBIE_FD,   0x1c          # u32  pidfd of the child
        .set INSN,        0x20          # u64  address of a syscall instruction in the parent
        .set DEADLINE_S,  0x28          # u64  CLOCK_MONOTONIC second after which no stop is waited for
        .set DEADLINE_N,  0x30          # u64  and nanosecond
        .set DIE_AT,      0x38          # u32  for tests: the step at which the helper kills itself; 0 never
        .set TRIES,       0x3c          # u32  how often a stop may be of no use before it gives up
        .set STATUS,      0x40          # u32  the last wait status
        .set FD_LOW,      0x44          # u32  the smaller of the two pidfds
        .set FD_HIGH,     0x48          # u32  the greater of the two
        .set NAP,         0x50          # timespec  between two looks
        .set NOW,         0x60          # timespec
        .set PEEKED,      0x70          # u64  a word read from the parent
        .set SIGINFO,     0x80          # siginfo_t
        .set SAVED,       0x100         # user_regs_struct, 27 words
        .set INJECTED,    0x200         # user_regs_struct
        .set SEQUENCE,    0x300         # struct ptrace_rseq_configuration, 24 bytes
        .set DISPATCH,    0x320         # struct ptrace_sud_config, 32 bytes

# --- ReapOutcome ---
        .set DONE,             1
        .set SEIZE_FAILED,     2
        .set PARENT_CHANGED,   3
        .set ZOMBIE_GONE,      4
        .set GROUP_STOPPED,    5
        .set NO_STOP,          6
        .set PARENT_ENDED,     7
        .set NOT_64_BIT,       8
        .set NO_INSTRUCTION,   9
        .set IN_SEQUENCE,     10
        .set SEQUENCE_UNKNOWN,11
        .set USER_DISPATCH,   12
        .set SIGNALS,         13
        .set CANCELLED,       14
        .set PTRACE_FAILED,   15

# --- offsets in user_regs_struct ---
        .set R_R10,   56
        .set R_R8,    72
        .set R_RAX,   80
        .set R_RDX,   96
        .set R_RSI,  104
        .set R_RDI,  112
        .set R_ORIG, 120
        .set R_RIP,  128
        .set R_CS,   136
        .set R_FLAGS,144

        .macro STEP_TO n
        mov     edi, \n
        call    step
        .endm

spawn:
        endbr64
        push    rbx
        push    r12
        sub     rsp, 24
        mov     rbx, rdi

        # Every signal stays blocked in the helper for all its life; in the tool only across the clone.
        mov     qword ptr [rsp], -1
        mov     eax, 14                         # rt_sigprocmask(SIG_SETMASK, all, old, 8)
        mov     edi, 2
        mov     rsi, rsp
        lea     rdx, [rsp + 8]
        mov     r10d, 8
        syscall

        mov     eax, 56                         # clone(0, 0, 0, 0, 0)
        xor     edi, edi
        xor     esi, esi
        xor     edx, edx
        xor     r10d, r10d
        xor     r8d, r8d
        syscall
        test    rax, rax
        jz      helper
        mov     r12, rax

        mov     eax, 14                         # rt_sigprocmask(SIG_SETMASK, old, 0, 8)
        mov     edi, 2
        lea     rsi, [rsp + 8]
        xor     edx, edx
        mov     r10d, 8
        syscall
        mov     rax, r12
        add     rsp, 24
        pop     r12
        pop     rbx
        ret

# --- the helper: rbx page, r12 tid of the parent's first thread, r13 tries left, r14 outcome if they run out ---
helper:
        mov     r12d, [rbx + PARENT]
        mov     r13d, [rbx + TRIES]
        mov     r14d, SIGNALS
        STEP_TO 1
        mov     eax, 112                        # setsid(): what is sent to the tool's group does not reach the helper
        syscall

        # close_range() around the two pidfds, so that the helper holds no lock and no pipe of the tool. ENOSYS before 5.9 harms nothing.
        mov     esi, [rbx + FD_LOW]
        test    esi, esi
        jz      1f
        dec     esi
        xor     edi, edi
        call    close_range
1:      mov     edi, [rbx + FD_LOW]
        inc     edi
        mov     esi, [rbx + FD_HIGH]
        dec     esi
        call    close_range                     # EINVAL where they are neighbours
        mov     edi, [rbx + FD_HIGH]
        inc     edi
        mov     esi, -1
        call    close_range

        mov     edi, 0x4206                     # PTRACE_SEIZE with PTRACE_O_TRACESYSGOOD; never PTRACE_O_EXITKILL
        xor     edx, edx
        mov     r10d, 1
        call    ptrace
        test    rax, rax
        js      seize_failed
        STEP_TO 2

        # A pid is not given away while its process lives: if the pidfd still answers, this is the process that was judged.
        mov     edi, [rbx + PARENT_FD]
        call    alive
        test    rax, rax
        jnz     parent_changed

again:
        dec     r13d
        js      out_of_tries
        mov     edi, 0x4207                     # PTRACE_INTERRUPT
        xor     edx, edx
        xor     r10d, r10d
        call    ptrace
        test    rax, rax
        js      ptrace_failed
        STEP_TO 3

look:
        mov     esi, 1                          # WNOHANG
        call    wait
        test    rax, rax
        js      ptrace_failed
        jnz     stopped
        cmp     dword ptr [rbx + GATE], 2
        je      cancelled
        mov     eax, 228                        # clock_gettime(CLOCK_MONOTONIC)
        mov     edi, 1
        lea     rsi, [rbx + NOW]
        syscall
        mov     rax, [rbx + NOW]
        cmp     rax, [rbx + DEADLINE_S]
        jb      1f
        ja      no_stop
        mov     rax, [rbx + NOW + 8]
        cmp     rax, [rbx + DEADLINE_N]
        jae     no_stop
1:      call    nap
        jmp     look

stopped:
        movzx   eax, byte ptr [rbx + STATUS]
        cmp     eax, 0x7f                       # WIFSTOPPED
        jne     parent_ended
        movzx   eax, word ptr [rbx + STATUS + 2]
        movzx   r10d, byte ptr [rbx + STATUS + 1]
        test    eax, eax
        jz      deliver                         # a signal of its own is about to be delivered: let it have it
        cmp     eax, 128                        # PTRACE_EVENT_STOP
        jne     ptrace_failed_plain
        cmp     r10d, 5                         # with SIGTRAP: our interrupt; with a stopping signal: group-stop
        jne     group_stopped
        jmp     held

deliver:
        mov     r15d, r10d
        call    keep_waiting
        mov     r10d, r15d
        mov     edi, 7                          # PTRACE_CONT with the signal
        xor     edx, edx
        call    ptrace
        jmp     again                           # any stop clears a pending interrupt (kernel/signal.c, ptrace_stop)

# The parent's first thread stands in PTRACE_EVENT_STOP. Nothing of it is changed up to window_begin, but for an EINTR that is ours.
held:
        STEP_TO 4
        call    keep_waiting
        test    rax, rax
        js      ptrace_failed
        mov     edi, [rbx + ZOMBIE_FD]
        call    alive
        test    rax, rax
        jnz     zombie_gone

        mov     rdx, [rbx + INSN]
        call    peek
        test    rax, rax
        js      no_instruction
        cmp     word ptr [rbx + PEEKED], 0x050f   # syscall
        jne     no_instruction

        cmp     qword ptr [rbx + SAVED + R_CS], 0x33
        jne     not_64_bit

        # System calls that are redirected to a handler of its own (prctl(2), PR_SET_SYSCALL_USER_DISPATCH) are not for us to make.
        mov     edi, 0x4211                     # PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG, since 6.4
        mov     edx, 32
        lea     r10, [rbx + DISPATCH]
        call    ptrace
        test    rax, rax
        js      1f
        cmp     qword ptr [rbx + DISPATCH], 0
        jne     user_dispatch
1:
        # Inside a restartable sequence (rseq(2)) the kernel has to see the real instruction pointer on the way back, or the sequence is
        # not restarted. A thread in a system call is in none.
        cmp     qword ptr [rbx + SAVED + R_ORIG], 0
        jge     safe
        mov     edi, 0x420f                     # PTRACE_GET_RSEQ_CONFIGURATION, since 5.13
        mov     edx, 24
        lea     r10, [rbx + SEQUENCE]
        call    ptrace
        mov     r14d, SEQUENCE_UNKNOWN
        test    rax, rax
        js      let_go
        mov     r14d, IN_SEQUENCE
        mov     rdx, [rbx + SEQUENCE]
        test    rdx, rdx
        jz      safe                            # not registered
        add     rdx, 8                          # rseq.rseq_cs
        call    peek
        test    rax, rax
        js      let_go
        mov     r15, [rbx + PEEKED]
        test    r15, r15
        jz      safe
        lea     rdx, [r15 + 8]                  # rseq_cs.start_ip
        call    peek
        test    rax, rax
        js      let_go
        mov     r8, [rbx + SAVED + R_RIP]
        sub     r8, [rbx + PEEKED]
        lea     rdx, [r15 + 16]                 # rseq_cs.post_commit_offset
        call    peek
        test    rax, rax
        js      let_go
        cmp     r8, [rbx + PEEKED]
        jae     safe

let_go:                                         # let it run on for a moment and stop it somewhere else
        mov     edi, 7                          # PTRACE_CONT
        xor     edx, edx
        xor     r10d, r10d
        call    ptrace
        call    nap
        jmp     again

safe:
        mov     r14d, SIGNALS
        cld
        lea     rsi, [rbx + SAVED]
        lea     rdi, [rbx + INJECTED]
        mov     ecx, 27
        rep     movsq
        mov     qword ptr [rbx + INJECTED + R_RAX], 61          # wait4
        mov     eax, [rbx + ZOMBIE]
        mov     [rbx + INJECTED + R_RDI], rax
        mov     qword ptr [rbx + INJECTED + R_RSI], 0
        mov     qword ptr [rbx + INJECTED + R_RDX], 0x40000001  # WNOHANG | __WALL: children of any exit signal
        mov     qword ptr [rbx + INJECTED + R_R10], 0
        mov     qword ptr [rbx + INJECTED + R_ORIG], -1         # not in a system call: nothing for the kernel to restart
        mov     rax, [rbx + INSN]
        mov     [rbx + INJECTED + R_RIP], rax
        and     qword ptr [rbx + INJECTED + R_FLAGS], -0x101    # no trap flag
        STEP_TO 5

        # From here to window_end the tool may not kill the helper; before, the helper may not go on when it was cancelled.
        xor     eax, eax
        mov     ecx, 1
        lock cmpxchg [rbx + GATE], ecx
        jne     cancelled
        STEP_TO 6

window_begin:
        mov     edi, 13                         # PTRACE_SETREGS
        lea     r10, [rbx + INJECTED]
        xor     edx, edx
        call    ptrace
        test    rax, rax
        js      restore                         # cannot be: the registers read from it are valid. Write them back all the same.
        STEP_TO 7
        call    to_next_stop                    # the entry of wait4
        cmp     dword ptr [rbx + STATUS], 0x857f
        jne     restore
        STEP_TO 8
        call    to_next_stop                    # its exit: WNOHANG, so it cannot take long
restore:
        mov     edi, 13                         # PTRACE_SETREGS
        lea     r10, [rbx + SAVED]
        xor     edx, edx
        call    ptrace
window_end:
        mov     dword ptr [rbx + GATE], 0
        mov     r15, rax
        mov     eax, [rbx + STEP]
        mov     r8d, eax
        STEP_TO 9
        mov     eax, [rbx + STATUS]
        cmp     al, 0x7f
        jne     parent_ended
        mov     rax, r15
        test    rax, rax
        js      ptrace_failed
        cmp     r8d, 8
        jne     undone                          # the call was not made

        mov     r8d, DONE
        xor     eax, eax
        cmp     dword ptr [rbx + STATUS], 0x857f
        je      finish
        jmp     ptrace_failed_plain

# Something else came before the call could be made. The registers are the parent's own again.
undone:
        movzx   eax, word ptr [rbx + STATUS + 2]
        movzx   r10d, byte ptr [rbx + STATUS + 1]
        cmp     eax, 128
        je      2f
        test    eax, eax
        jnz     ptrace_failed_plain
        cmp     r10d, 31                        # SIGSYS of a user dispatch on a kernel that could not be asked: ours, not the parent's
        jne     1f
        mov     edi, 0x4202                     # PTRACE_GETSIGINFO
        xor     edx, edx
        lea     r10, [rbx + SIGINFO]
        call    ptrace
        cmp     dword ptr [rbx + SIGINFO + 8], 2        # SYS_USER_DISPATCH
        je      user_dispatch
        mov     r10d, 31
1:      mov     edi, 7                          # PTRACE_CONT with the signal
        xor     edx, edx
        call    ptrace
        jmp     again
2:      cmp     r10d, 5
        jne     group_stopped
        dec     r13d
        js      out_of_tries
        jmp     held

# --- ends ---
seize_failed:
        mov     r8d, SEIZE_FAILED
        jmp     finish_errno
ptrace_failed:
        mov     r8d, PTRACE_FAILED
        jmp     finish_errno
ptrace_failed_plain:
        mov     r8d, PTRACE_FAILED
        jmp     finish_plain
no_instruction:
        mov     r8d, NO_INSTRUCTION
        jmp     finish_plain
parent_changed:
        mov     r8d, PARENT_CHANGED
        jmp     finish_plain
zombie_gone:
        mov     r8d, ZOMBIE_GONE
        jmp     finish_plain
group_stopped:
        mov     r8d, GROUP_STOPPED
        jmp     finish_plain
no_stop:
        mov     r8d, NO_STOP
        jmp     finish_plain
parent_ended:
        mov     r8d, PARENT_ENDED
        jmp     finish_plain
not_64_bit:
        mov     r8d, NOT_64_BIT
        jmp     finish_plain
user_dispatch:
        mov     r8d, USER_DISPATCH
        jmp     finish_plain
cancelled:
        mov     r8d, CANCELLED
        jmp     finish_plain
out_of_tries:
        mov     r8d, r14d
finish_plain:
        xor     eax, eax
finish_errno:
        neg     eax
finish:
        xor     r10d, r10d
        mov     [rbx + ERROR], eax
        mov     r15d, r8d
        mov     edi, 17                         # PTRACE_DETACH; ESRCH while it runs, and then our end detaches it
        xor     edx, edx
        call    ptrace
        STEP_TO 10
        mov     [rbx + OUTCOME], r15d
        mov     eax, 231                        # exit_group(0)
        xor     edi, edi
        syscall
        hlt

# --- registers ---
# Reads the registers to SAVED. Some system calls answer a stop with EINTR although no handler ran (signal(7), "Interruption of system
# calls and library functions by stop signals"). Then the result is set to -ERESTARTNOHAND: with no handler the kernel makes the call
# again, with one the parent sees the EINTR that it would have seen anyway. Calls with a time-out that is not known to be a minute at
# most keep their EINTR: made again they would wait for all of it once more.
keep_waiting:
        mov     edi, 12                         # PTRACE_GETREGS
        xor     edx, edx
        lea     r10, [rbx + SAVED]
        call    ptrace
        test    rax, rax
        js      9f
        cmp     qword ptr [rbx + SAVED + R_CS], 0x33
        jne     8f
        cmp     qword ptr [rbx + SAVED + R_RAX], -4     # -EINTR
        jne     8f
        mov     rax, [rbx + SAVED + R_ORIG]
        cmp     rax, 0                          # read
        je      2f
        cmp     rax, 19                         # readv
        je      2f
        cmp     rax, 43                         # accept
        je      2f
        cmp     rax, 45                         # recvfrom
        je      2f
        cmp     rax, 47                         # recvmsg
        je      2f
        cmp     rax, 65                         # semop
        je      2f
        cmp     rax, 288                        # accept4
        je      2f
        cmp     rax, 426                        # io_uring_enter
        je      2f
        cmp     rax, 128                        # rt_sigtimedwait without time-out
        je      3f
        cmp     rax, 220                        # semtimedop without time-out
        je      4f
        cmp     rax, 441                        # epoll_pwait2 without time-out
        je      4f
        cmp     rax, 208                        # io_getevents without time-out
        je      5f
        cmp     rax, 333                        # io_pgetevents without time-out
        je      5f
        cmp     rax, 232                        # epoll_wait, milliseconds; -1 for ever
        je      6f
        cmp     rax, 281                        # epoll_pwait
        jne     8f
6:      cmp     dword ptr [rbx + SAVED + R_R10], 60000
        jle     2f
        jmp     8f
3:      cmp     qword ptr [rbx + SAVED + R_RDX], 0
        je      2f
        jmp     8f
4:      cmp     qword ptr [rbx + SAVED + R_R10], 0
        je      2f
        jmp     8f
5:      cmp     qword ptr [rbx + SAVED + R_R8], 0
        jne     8f
2:      mov     qword ptr [rbx + SAVED + R_RAX], -514   # -ERESTARTNOHAND
        mov     edi, 13                         # PTRACE_SETREGS
        xor     edx, edx
        lea     r10, [rbx + SAVED]
        jmp     ptrace
8:      xor     eax, eax
9:      ret

# --- small parts ---
ptrace:                                         # edi request, rdx address, r10 data
        mov     eax, 101
        mov     esi, r12d
        syscall
        ret

peek:                                           # rdx address; the word goes to PEEKED (the raw call stores it, ptrace(2))
        mov     edi, 2
        lea     r10, [rbx + PEEKED]
        jmp     ptrace

alive:                                          # edi pidfd: 0 as long as its process is not reaped
        mov     eax, 424                        # pidfd_send_signal(fd, 0, 0, 0)
        xor     esi, esi
        xor     edx, edx
        xor     r10d, r10d
        syscall
        ret

close_range:                                    # edi first, esi last
        mov     eax, 436
        xor     edx, edx
        syscall
        ret

wait:                                           # esi options without __WALL
        mov     edx, esi
        or      edx, 0x40000000                 # __WALL
        mov     eax, 61                         # wait4(tid, status, options, 0)
        mov     edi, r12d
        lea     rsi, [rbx + STATUS]
        xor     r10d, r10d
        syscall
        ret

to_next_stop:
        mov     edi, 24                         # PTRACE_SYSCALL
        xor     edx, edx
        xor     r10d, r10d
        call    ptrace
        xor     esi, esi
        jmp     wait

nap:
        mov     eax, 35                         # nanosleep
        lea     rdi, [rbx + NAP]
        xor     esi, esi
        syscall
        ret

step:                                           # edi number of the step
        mov     [rbx + STEP], edi
        cmp     [rbx + DIE_AT], edi
        jne     1f
        mov     eax, 39                         # getpid
        syscall
        mov     edi, eax
        mov     eax, 62                         # kill(self, SIGKILL)
        mov     esi, 9
        syscall
        hlt
1:      ret
        .section .note.GNU-stack,"",@progbits
