using System.Globalization;
using System.Runtime.InteropServices;

namespace ZombieOps.Audit;

/// <summary>Names and numbers of users as this host knows them (getpwuid_r(3), getpwnam_r(3)), and who logged in.</summary>
internal static partial class HostUsers
{
    // include/linux/uidgid.h: what the kernel shows for "nobody has logged in".
    private const uint NoLogin = uint.MaxValue;
    private const int ERANGE = 34;

    /// <summary>The user that logged in, by name, or by number where it has none; null where nobody did or the kernel does not say (proc(5), <c>loginuid</c>).</summary>
    public static string? Login(string procRoot)
    {
        try
        {
            return uint.TryParse(File.ReadAllText(Path.Combine(procRoot, "self/loginuid")).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out uint uid) && uid != NoLogin
                ? Name(uid) ?? uid.ToString(CultureInfo.InvariantCulture)
                : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>A user's name; null where this host has none for that number.</summary>
    public static unsafe string? Name(uint uid) => Ask((entry, buffer, size, found) => getpwuid_r(uid, (Passwd*)entry, (byte*)buffer, (nuint)size, (Passwd**)found)).Name;

    /// <summary>A user's number; null where this host knows nobody of that name.</summary>
    public static unsafe uint? Id(string name) => Ask((entry, buffer, size, found) => getpwnam_r(name, (Passwd*)entry, (byte*)buffer, (nuint)size, (Passwd**)found)).Id;

    private static unsafe (string? Name, uint? Id) Ask(Func<nint, nint, int, nint, int> call)
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess)
        {
            return default;
        }

        for (int size = 4096; size <= 1 << 20; size *= 4)
        {
            nint buffer = Marshal.AllocHGlobal(size);
            try
            {
                Passwd entry = default;
                Passwd* found = null;
                int error = call((nint)(&entry), buffer, size, (nint)(&found));
                if (error != ERANGE)
                {
                    return error == 0 && found is not null ? (Marshal.PtrToStringUTF8(found->Name), found->Id) : default;
                }
            }
            finally
            {
                Marshal.FreeHGlobal(buffer);
            }
        }

        return default;
    }

    /// <summary>The beginning of <c>struct passwd</c> (pwd.h of glibc and musl, 64 bits), with room for the rest.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct Passwd
    {
        public nint Name;
        public nint Password;
        public uint Id;
    }

#pragma warning disable IDE1006, SYSLIB1054 // The names are those of the system's library.
    [LibraryImport("libc")]
    private static unsafe partial int getpwuid_r(uint uid, Passwd* entry, byte* buffer, nuint size, Passwd** found);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int getpwnam_r(string name, Passwd* entry, byte* buffer, nuint size, Passwd** found);
#pragma warning restore IDE1006, SYSLIB1054
}
