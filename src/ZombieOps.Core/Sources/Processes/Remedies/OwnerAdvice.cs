using ZombieOps.Model;

namespace ZombieOps.Sources.Processes.Remedies;

/// <summary>Advice for those who own what this tool may not touch: a sentence and the exact command. It is never carried out from here.</summary>
internal static class OwnerAdvice
{
    /// <summary>For a zombie in a container, pod, task or another PID namespace, or below an init that does not reap.</summary>
    internal static RemedyOffer ForContainer(ZombieFacts facts)
    {
        OwnerLink? pod = Find(facts, "Pod");
        OwnerLink? task = Find(facts, "EcsTask");
        OwnerLink? container = Find(facts, "Container");
        if (pod is not null)
        {
            return Pod(pod);
        }

        if (task is not null)
        {
            string id = task.Id ?? task.Name;
            task.Details.TryGetValue("cluster", out string? cluster);
            return Make(
                $"the owner of ECS task {id} stops it and its service starts the next one (add --cluster where it is not the default one); "
                    + "\"initProcessEnabled\": true in linuxParameters of the task definition puts an init in it that reaps",
                "the task ends; a service starts another one",
                $"aws ecs stop-task {(cluster is null ? "" : $"--cluster {Shell.Quote(cluster)} ")}--task {Shell.Quote(id)} --reason 'zombie processes'");
        }

        if (container is not null)
        {
            return Container(container);
        }

        string init = facts.Parent is { } parent ? $"{parent.Command} ({parent.Pid})" : "its parent";
        return Make(
            $"the owner of the PID namespace in which {init} runs restarts it, or makes its first process one that waits for what it adopts (tini, dumb-init)",
            "all that runs in that namespace ends",
            null);
    }

    /// <summary>For a zombie that a tracer keeps.</summary>
    internal static RemedyOffer ForTracer(ZombieFacts facts)
    {
        string name = facts.TracerPid is { } pid ? $"{facts.TracerCommand ?? "the tracer"} ({pid})" : "the tracer";
        return Make(
            $"whoever runs {name} ends it or detaches it: until the tracer has waited the parent cannot (ptrace(2))",
            "the session of the tracer ends",
            facts.TracerPid is { } tracer ? $"ps -o pid,ppid,user,lstart,args -p {tracer}" : null);
    }

    /// <summary>For a zombie whose parent is in uninterruptible sleep.</summary>
    internal static RemedyOffer ForUninterruptible(ParentFacts parent) => Make(
        $"{parent.Command} ({parent.Pid}) waits inside the kernel, mostly for a disk or a network file system: repair that, and it goes on; no signal reaches it before",
        "none by itself",
        $"cat /proc/{parent.Pid}/wchan /proc/{parent.Pid}/stack");

    private static RemedyOffer Pod(OwnerLink pod)
    {
        pod.Details.TryGetValue("namespace", out string? space);
        pod.Details.TryGetValue("podName", out string? name);
        string uid = pod.Id ?? pod.Name;
        string? command = space is not null && name is not null
            ? $"kubectl delete pod -n {Shell.Quote(space)} {Shell.Quote(name)}"
            // The node knows the pod by its UID only; this prints the command with the names in it. What is no UID is not put into it.
            : !uid.All(c => char.IsAsciiLetterOrDigit(c) || c == '-') ? null
            : $"kubectl get pods -A -o json | jq -r '.items[] | select(.metadata.uid==\"{uid}\") | \"kubectl delete pod -n \\(.metadata.namespace) \\(.metadata.name)\"'";
        return Make(
            $"the owner of pod {name ?? uid} deletes it and its controller makes the next one; "
                + "tini as the first process, or shareProcessNamespace: true in the pod, gives it an init that reaps",
            "the pod ends; without a controller nothing starts it again",
            command);
    }

    private static RemedyOffer Container(OwnerLink container)
    {
        container.Details.TryGetValue("runtime", out string? runtime);
        string id = Shell.Quote(container.Id ?? container.Name);
        string command = runtime?.ToLowerInvariant() switch
        {
            "docker" => $"docker restart {id}",
            "podman" or "libpod" => $"podman restart {id}",
            "containerd" or "cri-containerd" or "cri-o" or "crio" => $"crictl stop {id}",
            "lxc" => $"lxc restart {id}",
            "nspawn" or "systemd-nspawn" => $"machinectl reboot {id}",
            _ => $"docker restart {id}",
        };
        return Make(
            $"the owner of container {container.Name} restarts it through its runtime; "
                + "init: true in Compose, --init with docker or podman run, or tini as entry point puts an init in it that reaps",
            "all that runs in the container ends and starts again",
            command);
    }

    private static OwnerLink? Find(ZombieFacts facts, string kind) => facts.Owner.FirstOrDefault(link => link.Kind == kind);

    private static RemedyOffer Make(string does, string harm, string? command) => new()
    {
        Name = ProcessRemedies.AskOwner,
        Does = does,
        Harm = harm,
        Actionable = false,
        MustBeNamed = RemedyCatalog.MustBeNamed(ProcessRemedies.AskOwner),
        Command = command,
    };
}
