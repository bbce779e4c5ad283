using System.Runtime.InteropServices;

namespace ZombieOps.Sources.Processes.Remedies;

/// <summary><c>struct iovec</c> (process_vm_readv(2)): a run of bytes in a process.</summary>
/// <param name="Start">Address of the first one.</param>
/// <param name="Length">How many.</param>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct IoVector(nuint Start, nuint Length);
