/* Makes LIVE sleeping processes and ZOMBIES dead ones, prints "ready", and takes them all away when standard input ends. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc != 3)
        return 2;
    long live = atol(argv[1]), zombies = atol(argv[2]);
    setpgid(0, 0);
    for (long i = 0; i < live + zombies; i++) {
        pid_t pid = fork();
        if (pid < 0) {
            perror("fork");
            kill(0, SIGKILL);
        }
        if (pid == 0) {
            if (i >= live)
                _exit(7);
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            close(0);
            close(1);
            pause();
            _exit(0);
        }
    }
    printf("ready\n");
    fflush(stdout);
    char byte;
    while (read(0, &byte, 1) > 0) {
    }
    kill(0, SIGKILL);
    return 0;
}
